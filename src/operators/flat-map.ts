/**
 * Many outputs for one record, resumable: after every output it looks whether the task must stop,
 * after every 64 whether the turn is over, and parks what is left. Records that reach it while it
 * is parked wait in order.
 */
import { WallarooError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import type { Key } from "../model/key.ts";
import { OUTPUTS_PER_CHECK, RECORD_TEXT_MAX } from "../model/limits.ts";
import type { KeyCell, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import type { Output, Resumable } from "./operator.ts";

export type Fail = (record: unknown, cause: unknown) => never;

/** Calls the user's function: gives an iterable. */
export type Expand = (record: unknown, key: Key) => unknown;

interface Waiting {
  readonly record: unknown;
  readonly time: number;
  readonly key: Key;
}

export class Expander implements Resumable {
  readonly rank: number;
  readonly #step: string;
  readonly #control: TaskControl;
  readonly #time: TimeCell;
  readonly #keyCell: KeyCell | undefined;
  readonly #expand: Expand;
  readonly #fail: Fail;
  readonly #max: number;
  #output: Output = { push: () => undefined };
  #iterator: Iterator<unknown> | undefined = undefined;
  #record: unknown = undefined;
  #recordTime = 0;
  #key: Key = "";
  #count = 0;
  readonly #waiting: Waiting[] = [];

  constructor(options: {
    readonly rank: number;
    readonly step: string;
    readonly control: TaskControl;
    readonly time: TimeCell;
    readonly keyCell?: KeyCell | undefined;
    readonly expand: Expand;
    readonly fail: Fail;
    readonly maxOutputs: number;
  }) {
    this.rank = options.rank;
    this.#step = options.step;
    this.#control = options.control;
    this.#time = options.time;
    this.#keyCell = options.keyCell;
    this.#expand = options.expand;
    this.#fail = options.fail;
    this.#max = options.maxOutputs;
  }

  /** Where outputs go. */
  open(output: Output): void {
    this.#output = output;
  }

  /** Whether a record may be expanded at once; otherwise `push` makes it wait. */
  get isIdle(): boolean {
    return this.#iterator === undefined;
  }

  push(record: unknown, time: number, key: Key = ""): void {
    if (this.#iterator !== undefined) {
      this.#waiting.push({ record, time, key });
      this.#control.stop = true;
      return;
    }
    this.#begin(record, time, key);
    if (!this.#drain()) this.#control.park(this);
  }

  /** Takes what the function already gave for a record. Called only while idle. */
  expand(outputs: unknown, record: unknown, time: number): void {
    this.#take(outputs, record, time, "");
    if (!this.#drain()) this.#control.park(this);
  }

  /** Takes over an array of which `from` outputs were emitted already. */
  takeOver(outputs: readonly unknown[], from: number, record: unknown, key: Key = ""): void {
    this.#record = record;
    this.#recordTime = this.#time.time;
    this.#key = key;
    this.#count = from;
    this.#iterator = arrayFrom(outputs, from);
    this.#checkCount(outputs.length);
    this.#control.park(this);
  }

  resume(): boolean {
    this.#time.time = this.#recordTime;
    if (this.#keyCell !== undefined) this.#keyCell.key = this.#key;
    for (;;) {
      if (!this.#drain()) return false;
      const next = this.#waiting.shift();
      if (next === undefined) return true;
      this.#begin(next.record, next.time, next.key);
    }
  }

  #begin(record: unknown, time: number, key: Key): void {
    this.#time.time = time;
    if (this.#keyCell !== undefined) this.#keyCell.key = key;
    this.#take(this.#expand(record, key), record, time, key);
  }

  #take(outputs: unknown, record: unknown, time: number, key: Key): void {
    this.#record = record;
    this.#recordTime = time;
    this.#key = key;
    this.#count = 0;
    this.#iterator = iteratorOf(outputs) ?? this.#fail(record, notIterable(outputs));
  }

  /** Emits until the iterator ends (true) or the task must stop (false). */
  #drain(): boolean {
    const iterator = this.#iterator!;
    for (;;) {
      let step: IteratorResult<unknown>;
      try {
        step = iterator.next();
      } catch (cause) {
        this.#iterator = undefined;
        return this.#fail(this.#record, cause);
      }
      if (step.done === true) {
        this.#iterator = undefined;
        this.#record = undefined;
        return true;
      }
      this.#count++;
      if (this.#count > this.#max) this.#checkCount(this.#count);
      this.#output.push(step.value, this.#recordTime);
      if (this.#control.stop) return false;
      if (this.#count % OUTPUTS_PER_CHECK === 0 && this.#control.isOver()) return false;
    }
  }

  #checkCount(count: number): void {
    if (count <= this.#max) return;
    this.#iterator = undefined;
    throw new WallarooError(
      "too_many_outputs",
      `step "${this.#step}": one record gives more than ${this.#max} outputs, the limit of ` +
        "maxOutputs: give fewer, or raise it in the step's options; the record is " +
        plainText(this.#record, RECORD_TEXT_MAX),
      { domain: "user" },
    );
  }
}

function iteratorOf(outputs: unknown): Iterator<unknown> | undefined {
  if (Array.isArray(outputs)) return arrayFrom(outputs, 0);
  if (outputs === null || outputs === undefined) return undefined;
  const make = (outputs as Partial<Iterable<unknown>>)[Symbol.iterator];
  return typeof make === "function" ? make.call(outputs) : undefined;
}

class ArrayIterator implements Iterator<unknown> {
  readonly #items: readonly unknown[];
  #at: number;

  constructor(items: readonly unknown[], at: number) {
    this.#items = items;
    this.#at = at;
  }

  next(): IteratorResult<unknown> {
    if (this.#at >= this.#items.length) return { done: true, value: undefined };
    return { done: false, value: this.#items[this.#at++] };
  }
}

function arrayFrom(items: readonly unknown[], from: number): Iterator<unknown> {
  return new ArrayIterator(items, from);
}

function notIterable(outputs: unknown): TypeError {
  const what = outputs === null ? "null" : typeof outputs;
  return new TypeError(`it returned ${what}, not an array or another iterable ([] for nothing)`);
}
