/**
 * The one worker of a run that has no other process: a member of its cluster like any other, in
 * this process. Without a thread for heartbeats: who would hear them is on the same loop.
 */
import { durationText } from "../base/duration.ts";
import { STOP_MS } from "../model/limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { LocalWorkers } from "./local-cluster.ts";
import type { RunningWorker } from "./worker-node.ts";

/** How long what is killed may take to close. */
const KILL_MS = 1_000;

export interface OwnWorkerPorts {
  readonly clock: Clock;
  readonly log: Logger;
}

export class OwnWorker implements LocalWorkers {
  readonly done: Promise<void>;
  readonly #ports: OwnWorkerPorts;
  readonly #ended = Promise.withResolvers<void>();
  #node: RunningWorker | undefined;
  #deadline: Timer | undefined;
  #isEnding = false;

  /** `starting`: of the worker, which nobody else stops. */
  constructor(starting: Promise<RunningWorker>, ports: OwnWorkerPorts) {
    this.#ports = ports;
    this.done = this.#ended.promise.finally(() => this.#deadline?.cancel());
    // Whoever waits for it hears of a failure; nobody has to.
    this.done.catch(() => undefined);
    this.#live(starting).then(this.#ended.resolve, this.#ended.reject);
  }

  async stop(): Promise<void> {
    if (!this.#isEnding) this.#end(STOP_MS);
    await this.done;
  }

  kill(): void {
    this.#end(KILL_MS);
  }

  async #live(starting: Promise<RunningWorker>): Promise<void> {
    const node = await starting;
    this.#node = node;
    if (this.#isEnding) this.#stop(node);
    await node.done;
  }

  /** A source or sink that does not close must not keep the process. */
  #end(withinMs: number): void {
    this.#isEnding = true;
    if (this.#node !== undefined) this.#stop(this.#node);
    this.#deadline?.cancel();
    this.#deadline = this.#ports.clock.after(withinMs, () => {
      this.#ports.log.warn(`the job did not close within ${durationText(withinMs)}, the limit`);
      this.#ended.resolve();
    });
  }

  #stop(node: RunningWorker): void {
    node.stop().catch(this.#ended.reject);
  }
}
