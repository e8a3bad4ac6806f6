/**
 * What the operators of a task share with it: whether to stop, the record in hand, who is parked.
 *
 * Owns: the list of parked operators, the number of sinks without credit, the deadline of the turn.
 * Does not own: the inputs (task), the graph (chain).
 *
 * C1. `stop` is true exactly while an operator is parked, a sink has no credit, or a barrier waits.
 *     A sink that waits for a commit does not count while a barrier waits, or is on its way behind
 *     records: the commit needs them to come out first.
 * C2. While `stop` is true no new record enters the chain; what is inside finishes the output in
 *     hand and parks. So what waits inside operators is bounded by the number of paths.
 * C3. The farthest downstream is resumed first, so that a resumed operator meets no parked one.
 * C4. While an operator has as many calls under way as it may, neither a new record enters nor does
 *     anything before it go on; what is behind it does, and so does it.
 */
import { assert } from "../base/assert.ts";
import type { Position } from "../model/context.ts";
import type { Batch } from "../model/source.ts";
import type { Clock } from "../ports/clock.ts";
import type { Resumable } from "./operator.ts";

export class TaskControl {
  /** Read after every record and every output. */
  stop = false;
  /** The batch in hand, and the place of the record in hand within it. */
  batch: Batch<unknown> | undefined = undefined;
  index = 0;
  /** The source and the split of the batch in hand; undefined when another task sent it. */
  split: readonly [source: string, split: string] | undefined = undefined;
  /** Accesses to state, counted by compiled code so that some of them look at its size. */
  accesses = 1;
  /** Monotonic ms at which the turn is over. */
  deadline = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #parked: Resumable[] = [];
  #blocked = 0;
  #waiting = 0;
  /** Ranks of operators that can take no more records for now. */
  readonly #full: number[] = [];
  #isHeld = false;
  #isBarrierDue = false;
  /** Called when a sink has credit again, so that the task is given a turn. */
  onCredit: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isParked(): boolean {
    return this.#parked.length > 0;
  }

  get isBlocked(): boolean {
    if (this.#blocked > 0) return true;
    return this.#waiting > 0 && !this.#isHeld && !this.#isBarrierDue;
  }

  /** Whether an operator within can take no more records for now. */
  get isFull(): boolean {
    return this.#full.length > 0;
  }

  /** Where the record in hand stands in its split. */
  position(): Position | undefined {
    return this.batch?.positionOf?.(this.index);
  }

  /** What the connector knows of the record in hand besides: headers, a file's name. */
  meta(): Readonly<Record<string, unknown>> | undefined {
    return this.batch?.meta?.(this.index);
  }

  /** Whether the turn is used up. Costs a clock read. */
  isOver(): boolean {
    return this.#clock.monotonic() >= this.deadline;
  }

  park(operator: Resumable): void {
    if (!this.#parked.includes(operator)) this.#parked.push(operator);
    this.stop = true;
  }

  /** Lets the farthest parked operator go on. Returns false when none may. */
  resumeOne(): boolean {
    if (this.#parked.length === 0) return false;
    let far = 0;
    for (let i = 1; i < this.#parked.length; i++) {
      if (this.#parked[i]!.rank > this.#parked[far]!.rank) far = i;
    }
    if (this.#parked[far]!.rank < Math.max(...this.#full)) return false; // C4
    const [operator] = this.#parked.splice(far, 1);
    this.stop = this.isBlocked;
    if (!operator!.resume()) this.#parked.push(operator!);
    this.#update();
    return true;
  }

  /** A sink has no credit. */
  block(): void {
    this.#blocked++;
    this.stop = true;
  }

  unblock(): void {
    this.#blocked--;
    assert(this.#blocked >= 0, "a sink gave credit twice");
    this.#update();
    this.onCredit();
  }

  /** A sink has no credit, and may need a commit to have some again. */
  awaitCommit(): void {
    this.#waiting++;
    this.#update();
  }

  /** Takes back one `awaitCommit`. */
  proceed(): void {
    this.#waiting--;
    assert(this.#waiting >= 0, "a sink gave credit twice");
    this.#update();
    this.onCredit();
  }

  /** The operator of that rank takes no more records until `unfill`. */
  fill(rank: number): void {
    this.#full.push(rank);
    this.stop = true;
  }

  unfill(rank: number): void {
    const at = this.#full.indexOf(rank);
    assert(at !== -1, "an operator that was not full has room again");
    this.#full.splice(at, 1);
    this.#update();
    this.onCredit();
  }

  /** Keeps new records out while a barrier waits for what is inside. */
  hold(): void {
    this.#isHeld = true;
    this.#update();
  }

  release(): void {
    this.#isHeld = false;
    this.#update();
  }

  /** A barrier is on its way: what comes before it is processed, also for sinks that wait for a
   *  commit. */
  awaitBarrier(): void {
    this.#isBarrierDue = true;
    this.#update();
  }

  /** It has come. */
  barrierPassed(): void {
    this.#isBarrierDue = false;
    this.#update();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  #update(): void {
    this.stop = this.#parked.length > 0 || this.isBlocked || this.#isHeld || this.isFull;
  }
}
