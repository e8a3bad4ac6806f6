/**
 * The one loop of a worker: tasks take turns of about a millisecond together, then the event loop
 * has its chance, so that no connection, timer or task waits for long.
 *
 * Owns: the queue of tasks that want a turn, and when a turn ends.
 *
 * L1. No turn begins inside another.
 * L2. Work that arrives while the turn's time is not used up is done at once, which is what keeps
 *     latency low when little happens; later it waits for the next turn.
 * L3. Code of the app that asks for the end of the process ends the job, also where it catches what
 *     that throws.
 */
import { TURN_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { WorkerPorts } from "./ports.ts";

export type LoopPorts = Pick<WorkerPorts, "clock" | "onExit">;

export interface Runnable {
  /** Works until `deadline` (monotonic ms) at most. Returns true when there is more to do now. */
  run(deadline: number): boolean;
  /** The turn is over: what was gathered leaves. */
  flush(): void;
  isQueued: boolean;
}

export class Loop {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #ignoreExit: (() => void) | undefined;
  #queue: Runnable[] = [];
  #ran: Runnable[] = [];
  #isRunning = false;
  #isStopped = false;
  /** Monotonic ms at which the turn that began is over; undefined between turns. */
  #deadline: number | undefined = undefined;

  constructor({ clock, onExit }: LoopPorts, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
    this.#ignoreExit = onExit?.(onError); // L3
  }

  /** The task has something to do. */
  schedule(task: Runnable): void {
    if (task.isQueued || this.#isStopped) return;
    task.isQueued = true;
    this.#queue.push(task);
    if (this.#isRunning) return;
    if (this.#deadline === undefined) {
      this.#deadline = this.#clock.monotonic() + TURN_MS;
      this.#clock.soon(this.#endTurn);
      this.#work();
    } else if (this.#clock.monotonic() < this.#deadline) {
      this.#work();
    }
  }

  /** Resolves when it is known of every turn so far whether it failed. */
  async known(): Promise<void> {
    if (this.#ignoreExit === undefined) return;
    await new Promise<void>((resolve) => this.#clock.soon(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#ignoreExit?.();
    this.#queue = [];
  }

  #work(): void {
    const deadline = this.#deadline!;
    this.#isRunning = true;
    try {
      while (this.#queue.length > 0) {
        const task = this.#queue.shift()!;
        task.isQueued = false;
        if (!this.#ran.includes(task)) this.#ran.push(task);
        if (task.run(deadline) && !this.#isStopped) {
          task.isQueued = true;
          this.#queue.push(task);
        }
        if (this.#clock.monotonic() >= deadline) break;
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#isRunning = false;
    }
  }

  readonly #endTurn = (): void => {
    // What flushing wakes waits for the next turn, whose end flushes it in turn.
    this.#isRunning = true;
    try {
      for (const task of this.#ran.splice(0)) task.flush();
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#isRunning = false;
    }
    this.#deadline = undefined;
    if (this.#queue.length === 0 || this.#isStopped) return;
    this.#deadline = this.#clock.monotonic() + TURN_MS;
    this.#clock.soon(this.#endTurn);
    this.#work();
  };
}
