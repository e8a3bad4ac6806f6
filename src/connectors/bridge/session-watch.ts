/** Looks at sessions from time to time: at handshakes and frames that are not finished. */
import type { Clock, Timer } from "../../ports/clock.ts";
import type { Session } from "./session.ts";

export interface WatchSettings {
  /** How long a frame may stay unfinished. */
  readonly idleMs: number;
  /** How long a producer may take to say who it is. */
  readonly handshakeMs: number;
}

/** How often in the shorter of both times. */
const CHECKS = 4;

export class SessionWatch {
  readonly #settings: WatchSettings;
  readonly #clock: Clock;
  readonly #sessions: ReadonlySet<Session>;
  #timer: Timer | undefined;

  constructor(settings: WatchSettings, clock: Clock, sessions: ReadonlySet<Session>) {
    this.#settings = settings;
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** There is something to look at. */
  start(): void {
    const { idleMs, handshakeMs } = this.#settings;
    const delayMs = Math.min(idleMs, handshakeMs) / CHECKS;
    this.#timer ??= this.#clock.after(delayMs, () => this.#check());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #check(): void {
    this.#timer = undefined;
    const { idleMs, handshakeMs } = this.#settings;
    const now = this.#clock.monotonic();
    let isAny = false;
    for (const session of this.#sessions) {
      const { inlet } = session;
      if (!session.isGreeted && now - session.openedAt >= handshakeMs) {
        session.refuse("slowHandshakes", `no hello in ${handshakeMs} ms, which is the limit`);
      } else if (!inlet.isPaused && now - inlet.unfinishedSince >= idleMs) {
        session.refuse("slowFrames", `a frame was unfinished for ${idleMs} ms, which is the limit`);
      } else if (!session.isGreeted || !Number.isNaN(inlet.unfinishedSince)) {
        isAny = true;
      }
    }
    if (isAny) this.start();
  }
}
