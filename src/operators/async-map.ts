/**
 * Waits for the outside without holding up the loop.
 *
 * Owns: the calls under way, their order, timeouts and retries.
 *
 * Y1. At most `concurrency` calls are under way; at that number the operator is full, and nothing
 *     enters the task.
 * Y2. Results leave inside a turn, in the order of their records where that is asked for.
 * Y3. A barrier does not wait for calls: their records will be in the snapshot.
 * Y4. A call keeps the key of its record, or the split that it was read from: it goes on where
 *     that is, so that what follows comes behind it.
 */
import { backoffMs } from "../base/backoff.ts";
import { WallarooError } from "../base/errors.ts";
import { fnv1a } from "../base/hash.ts";
import { plainText } from "../base/plain.ts";
import type { AsyncContext, Position, StepLogger } from "../model/context.ts";
import type { StepSpec } from "../model/pipeline.ts";
import type { Key } from "../model/key.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { KeyCell, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import { divertedOf, isExit } from "./failure.ts";
import type { Fail } from "./flat-map.ts";
import type { Closer, InFlight, Output, Resumable } from "./operator.ts";

type AsyncSpec = Extract<StepSpec, { kind: "asyncMap" }>;

interface Call {
  readonly record: unknown;
  readonly time: number;
  readonly key: Key | undefined;
  readonly split: InFlight["split"];
  readonly position: Position | undefined;
  readonly id: string;
  /** Who makes its next attempt and takes its result. */
  owner: AsyncMapOperator;
  /** Its attempts, once they have begun. */
  running: Promise<void> | undefined;
  isDone: boolean;
  result: unknown;
  error: { readonly cause: unknown } | undefined;
}

export interface AsyncMapParts {
  readonly rank: number;
  readonly job: string;
  readonly step: string;
  readonly spec: AsyncSpec;
  readonly control: TaskControl;
  readonly time: TimeCell;
  /** Y4. Of the key of what is pushed, where all of it comes by one. */
  readonly keyCell?: KeyCell | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: StepLogger;
  readonly fail: Fail;
  readonly onFailure: (message: string) => void;
}

export class AsyncMapOperator implements Output, Resumable, Closer {
  readonly rank: number;
  readonly #parts: AsyncMapParts;
  /** Calls in the order of their records. */
  #calls: Call[] = [];
  #waiting: Call[] = [];
  readonly #aborts = new Set<AbortController>();
  #isFull = false;
  #isParked = false;
  #isDisposed = false;
  #output: Output = { push: () => undefined };
  #diverted: Output = { push: () => undefined };
  failed = 0;

  constructor(parts: AsyncMapParts) {
    this.rank = parts.rank;
    this.#parts = parts;
  }

  open(output: Output, diverted: Output): void {
    this.#output = output;
    this.#diverted = diverted;
  }

  /** Records whose results have not left yet. */
  get isOpen(): boolean {
    return this.#calls.length > 0 || this.#waiting.length > 0;
  }

  /** Resolves when the calls that are under way have ended. */
  async callsDone(): Promise<void> {
    await Promise.all(this.#calls.map(async ({ running }) => await running));
  }

  get pending(): number {
    return this.#calls.length + this.#waiting.length;
  }

  push(record: unknown, time: number): void {
    const { control, keyCell } = this.#parts;
    this.restore({ record, time, key: keyCell?.key, split: control.split });
  }

  /** Calls it anew: it was under way at a checkpoint. */
  restore({ record, time, key, split }: InFlight): void {
    const { control } = this.#parts;
    const position = control.position();
    const id = this.#idOf(record);
    this.#waiting.push({
      record,
      time,
      key,
      split,
      position,
      id,
      owner: this,
      running: undefined,
      isDone: false,
      result: undefined,
      error: undefined,
    });
    this.#startWaiting();
    if (this.#waiting.length > 0 && !this.#isFull) {
      this.#isFull = true;
      control.fill(this.rank);
    }
  }

  resume(): boolean {
    this.#isParked = false;
    const { control, time, fail, keyCell } = this.#parts;
    for (;;) {
      const at = this.#parts.spec.isOrdered
        ? this.#calls[0]?.isDone === true
          ? 0
          : -1
        : this.#calls.findIndex((call) => call.isDone);
      if (at === -1) break;
      const [call] = at === 0 ? [this.#calls.shift()!] : this.#calls.splice(at, 1);
      time.time = call!.time;
      if (keyCell !== undefined && call!.key !== undefined) keyCell.key = call!.key;
      control.split = call!.split;
      if (call!.error !== undefined) this.#letGo(call!, call!.error.cause, fail);
      else if (call!.result !== undefined) this.#output.push(call!.result, call!.time);
      this.#startWaiting();
      if (control.stop && this.#hasReady()) {
        this.#isParked = true;
        return false;
      }
    }
    this.#unfill();
    return true;
  }

  close(): void {
    // Nothing is left to emit but the results of calls, for which the task waits while `isOpen`.
  }

  /** The records whose results have not left: what a snapshot keeps (Y3). */
  inFlight(): readonly InFlight[] {
    return [...this.#calls, ...this.#waiting].map(({ record, time, key, split }) => ({
      record,
      time,
      ...(key === undefined ? {} : { key }),
      ...(split === undefined ? {} : { split }),
    }));
  }

  /** Ends all calls: their signals are aborted and their results forgotten. */
  dispose(): void {
    this.#isDisposed = true;
    for (const abort of this.#aborts) abort.abort();
    this.#aborts.clear();
    this.#calls = [];
    this.#waiting = [];
  }

  /** Goes on with the calls of another version of this step. Those under way stay so; attempts that
   *  follow call this version's function. */
  takeOver(old: AsyncMapOperator): void {
    this.#calls = old.#calls;
    this.#waiting = old.#waiting;
    for (const call of [...this.#calls, ...this.#waiting]) call.owner = this;
    for (const abort of old.#aborts) this.#aborts.add(abort);
    old.#calls = [];
    old.#waiting = [];
    old.#aborts.clear();
    this.failed += old.failed;
    this.#startWaiting();
    if (this.#waiting.length > 0) {
      this.#isFull = true;
      this.#parts.control.fill(this.rank);
    }
    this.#parkWhenReady();
  }

  #hasReady(): boolean {
    if (this.#parts.spec.isOrdered) return this.#calls[0]?.isDone === true;
    return this.#calls.some((call) => call.isDone);
  }

  #startWaiting(): void {
    const { concurrency } = this.#parts.spec;
    while (this.#waiting.length > 0 && this.#calls.length < concurrency) {
      const call = this.#waiting.shift()!;
      this.#calls.push(call);
      call.running = this.#run(call);
    }
  }

  #unfill(): void {
    if (!this.#isFull || this.#waiting.length > 0) return;
    if (this.#calls.length >= this.#parts.spec.concurrency) return;
    this.#isFull = false;
    this.#parts.control.unfill(this.rank);
  }

  /** Makes the attempts of one call. Never rejects. */
  async #run(call: Call): Promise<void> {
    for (let attempt = 1; !call.owner.#isDisposed; attempt++) {
      try {
        call.result = await call.owner.#attempt(call, attempt);
        break;
      } catch (cause) {
        const { spec, clock, random } = call.owner.#parts;
        if (attempt > spec.retries || call.owner.#isDisposed) {
          call.error = { cause };
          break;
        }
        const wait = backoffMs(attempt - 1, random.next(), spec);
        await new Promise<void>((resolve) => clock.after(wait, resolve));
      }
    }
    if (call.owner.#isDisposed) return;
    call.isDone = true;
    call.owner.#parkWhenReady();
  }

  #parkWhenReady(): void {
    if (!this.#hasReady() || this.#isParked) return;
    this.#isParked = true;
    this.#parts.control.park(this);
    this.#parts.control.onCredit();
  }

  async #attempt(call: Call, attempt: number): Promise<unknown> {
    const { spec, step, log, clock } = this.#parts;
    const abort = new AbortController();
    this.#aborts.add(abort);
    const { time, position, id } = call;
    const ctx: AsyncContext = { step, time, position, id, attempt, signal: abort.signal, log };
    let stop: (() => void) | undefined;
    try {
      const tooLong = new Promise<never>((_, reject) => {
        const timer = clock.after(spec.timeoutMs, () => {
          reject(
            new WallarooError("timeout", `no answer within ${spec.timeoutMs} ms, its timeout`, {
              domain: "external",
              retryable: true,
            }),
          );
          abort.abort();
        });
        stop = () => timer.cancel();
      });
      return await Promise.race([spec.fn(call.record, ctx), tooLong]);
    } finally {
      stop?.();
      this.#aborts.delete(abort);
      call.owner.#aborts.delete(abort);
    }
  }

  #letGo(call: Call, cause: unknown, fail: Fail): void {
    const ending = this.#parts.spec.onError?.then ?? "fail";
    if (ending === "fail" || isExit(cause)) {
      // Where the job is only halted, it is called again by the version that mends it.
      this.#waiting.unshift({ ...call, isDone: false, error: undefined });
      fail(call.record, cause);
    }
    this.failed++;
    const { step } = this.#parts;
    const { record, time, position } = call;
    const diverted = divertedOf({ step, record, time, position }, cause);
    this.#parts.onFailure(diverted.error.message);
    if (ending === "divert") this.#diverted.push(diverted, time);
  }

  #idOf(record: unknown): string {
    const { spec, job, step } = this.#parts;
    if (spec.id !== undefined) return spec.id(record as never);
    const bytes = Buffer.from(`${job}/${step}/${plainText(record, Number.POSITIVE_INFINITY)}`);
    const high = fnv1a(bytes).toString(16).padStart(8, "0");
    return high + fnv1a(bytes.toReversed()).toString(16).padStart(8, "0");
  }
}
