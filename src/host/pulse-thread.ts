/**
 * The thread of a worker's heartbeats while the loop of the process is stuck, and cannot send them.
 * When it is stuck for too long, this thread ends the process, which nothing else in it could.
 *
 * An entry of the binary of its own: nothing imports it, `thread-pulse.ts` starts it.
 */
import { writeSync } from "node:fs";
import { backoffMs } from "../base/backoff.ts";
import { durationText } from "../base/duration.ts";
import { WallarooError } from "../base/errors.ts";
import type { Engine } from "../control/version.ts";
import { STUCK_KILL_MS } from "../model/limits.ts";
import type { Timer } from "../ports/clock.ts";
import type { TlsOptions } from "../ports/network.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import type { PulseTarget } from "../worker/pulse.ts";
import { type Registered, register } from "../worker/register.ts";
import { secureNetwork } from "./secure-network.ts";
import { StuckWatch } from "./stuck-watch.ts";
import { systemClock } from "./system-clock.ts";
import { systemCrypto } from "./system-crypto.ts";
import { systemRandom } from "./system-random.ts";

const BACKOFF = { firstMs: 100, maxMs: 2_000 };

export interface PulseStart {
  readonly engine: Engine;
  readonly token: Uint8Array;
  readonly tls: TlsOptions | undefined;
  /** One number, which grows with the turns of the loop. */
  readonly ticks: SharedArrayBuffer;
}

export type ToPulse =
  | ({ readonly type: "start" } & PulseStart)
  | ({ readonly type: "begin" } & PulseTarget)
  | { readonly type: "end" };

class PulseThread {
  readonly #start: PulseStart;
  readonly #ticks: Int32Array;
  readonly #clock = systemClock();
  readonly #random = systemRandom();
  #registered: Registered | undefined;
  #timer: Timer | undefined;
  #target: PulseTarget | undefined;
  #attempt = 0;

  constructor(start: PulseStart) {
    this.#start = start;
    this.#ticks = new Int32Array(start.ticks);
  }

  begin(target: PulseTarget): void {
    this.end();
    this.#target = target;
    this.#attempt = 0;
    const watch = new StuckWatch(target.heartbeatMs);
    const beat = (): void => {
      const tick = Atomics.load(this.#ticks, 0);
      const stuckMs = watch.look(tick, this.#clock.monotonic());
      if (stuckMs >= STUCK_KILL_MS) endStuckProcess(target.worker.name);
      // A loop that turns sends its own: two at a time would say nothing more.
      if (stuckMs > 0) {
        const rss = process.memoryUsage.rss();
        this.#registered?.channel.send({ type: "heartbeat", tick, rss });
      }
      this.#timer = this.#clock.after(target.heartbeatMs, beat);
    };
    beat();
    void this.#connect(target);
  }

  end(): void {
    this.#target = undefined;
    this.#timer?.cancel();
    this.#registered?.channel.end();
    this.#registered = undefined;
  }

  async #connect(target: PulseTarget): Promise<void> {
    const { coordinator: address, worker, leaderEpoch: leaderEpochMin } = target;
    const { engine, token, tls } = this.#start;
    try {
      await register({
        address,
        engine,
        token,
        crypto: systemCrypto(),
        network: secureNetwork(tcpNetwork(), tls, "coordinator"),
        clock: this.#clock,
        greeting: "pulse",
        introduce: () => worker,
        leaderEpochMin,
        entered: (registered) => {
          this.#attempt = 0;
          if (this.#target === target) this.#registered = registered;
          else registered.channel.end();
        },
        message: () => undefined,
        close: () => this.#again(target),
      });
    } catch (error) {
      // What is refused for good is refused to the worker as well, and told there.
      if (error instanceof WallarooError && error.retryable) this.#again(target);
    }
  }

  #again(target: PulseTarget): void {
    if (this.#target !== target) return;
    this.#registered = undefined;
    const waitMs = backoffMs(this.#attempt++, this.#random.next(), BACKOFF);
    this.#clock.after(waitMs, () => {
      if (this.#target === target) void this.#connect(target);
    });
  }
}

function endStuckProcess(worker: string): never {
  const text =
    `the loop stood still for ${durationText(STUCK_KILL_MS)}, and the process is ended: does a ` +
    "function of the app not return?";
  const time = new Date().toISOString();
  // By its number: the logger belongs to the loop that is stuck.
  writeSync(2, `${JSON.stringify({ level: "error", time, worker, text })}\n`);
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
}

let thread: PulseThread | undefined;
declare const self: Worker;
self.addEventListener("message", ({ data }: MessageEvent<ToPulse>): void => {
  if (data.type === "start") thread = new PulseThread(data);
  else if (data.type === "begin") thread?.begin(data);
  else thread?.end();
});
