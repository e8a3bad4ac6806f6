/** Looks at producers from time to time: at unfinished frames, and who waits for replies. */
import type { Clock, Timer } from "../../ports/clock.ts";
import type { Producer } from "./producer.ts";

export interface WatchSettings {
  /** How long a frame may stay unfinished. */
  readonly idleMs: number;
  /** How long a producer that has sent its last is kept after the last reply. */
  readonly lingerMs?: number;
}

/** How often in the shorter of both times. */
const CHECKS = 4;

export class ProducerWatch {
  readonly #settings: WatchSettings;
  readonly #clock: Clock;
  readonly #producers: ReadonlySet<Producer>;
  readonly #onSlow: (producer: Producer) => void;
  #timer: Timer | undefined;

  constructor(
    settings: WatchSettings,
    clock: Clock,
    producers: ReadonlySet<Producer>,
    onSlow: (producer: Producer) => void,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#producers = producers;
    this.#onSlow = onSlow;
  }

  /** There is something to look at. */
  start(): void {
    const { idleMs, lingerMs = Number.POSITIVE_INFINITY } = this.#settings;
    const delay = Math.min(idleMs, lingerMs) / CHECKS;
    this.#timer ??= this.#clock.after(delay, () => this.#check());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #check(): void {
    this.#timer = undefined;
    const { idleMs, lingerMs = Number.POSITIVE_INFINITY } = this.#settings;
    const now = this.#clock.monotonic();
    let isAny = false;
    for (const producer of this.#producers) {
      if (producer.hasEnded) {
        isAny = true;
        if (producer.isDrained) producer.endUnused(now - lingerMs);
        continue;
      }
      if (Number.isNaN(producer.unfinishedSince)) continue;
      isAny = true;
      if (!producer.isPaused && now - producer.unfinishedSince >= idleMs) this.#onSlow(producer);
    }
    if (isAny) this.start();
  }
}
