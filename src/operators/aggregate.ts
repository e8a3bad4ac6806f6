/**
 * A running aggregate: one accumulator per field and key, as one entry of state.
 *
 * With `each` it emits for every record; with an interval, for the keys that changed, when the
 * interval is over or the input ends; with `on close`, once for every key at the end. The last two
 * emit lazily and park like any operator with many outputs.
 */
import type { Key } from "../model/key.ts";
import type { EmitRule } from "../model/pipeline.ts";
import type { Aggregation } from "../model/aggregation.ts";
import type { StateEntry, StateTable } from "../state/keyed-state.ts";
import type { KeyCell, OperatorContext, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import type { Closer, KeyedOutput, Output, Resumable } from "./operator.ts";
import type { Fail } from "./flat-map.ts";
import { OUTPUTS_PER_CHECK } from "../model/limits.ts";

export type Field = readonly [string, Aggregation<unknown, unknown, unknown>];
type Accumulators = unknown[];
type MakeResult = (key: Key, accumulators: Accumulators) => unknown;

export class AggregateOperator implements KeyedOutput, Resumable, Closer {
  readonly rank: number;
  readonly #control: TaskControl;
  readonly #time: TimeCell;
  readonly #table: StateTable<Accumulators>;
  readonly #context: OperatorContext;
  readonly #keyCell: KeyCell | undefined;
  readonly #adds: readonly Aggregation<unknown, unknown, unknown>["add"][];
  readonly #result: MakeResult;
  readonly #fail: Fail;
  readonly #isEach: boolean;
  readonly #changed: Set<StateEntry<Accumulators>> | undefined;
  #firing: Iterator<StateEntry<Accumulators>> | undefined = undefined;
  #isClosed = false;
  #closedGroups: ReadonlySet<number> = new Set();
  #output: Output = { push: () => undefined };

  constructor(options: {
    readonly rank: number;
    readonly control: TaskControl;
    readonly time: TimeCell;
    readonly table: StateTable<Accumulators>;
    readonly context: OperatorContext;
    readonly keyCell?: KeyCell | undefined;
    readonly fields: readonly Field[];
    readonly emit: EmitRule;
    readonly fail: Fail;
  }) {
    this.rank = options.rank;
    this.#control = options.control;
    this.#time = options.time;
    this.#table = options.table;
    this.#context = options.context;
    this.#keyCell = options.keyCell;
    this.#adds = options.fields.map(([, aggregation]) => aggregation.add);
    this.#result = resultMaker(options.fields);
    this.#fail = options.fail;
    this.#isEach = options.emit === "each";
    this.#changed = typeof options.emit === "object" ? new Set() : undefined;
  }

  open(output: Output): void {
    this.#output = output;
  }

  push(record: unknown, time: number, key: Key): void {
    const table = this.#table;
    let result: unknown;
    try {
      let entry = table.find(key);
      if (entry === undefined) entry = table.create(key, this.#context);
      else if (entry.epoch !== table.epoch) table.touch(entry);
      const accumulators = entry.value;
      const adds = this.#adds;
      for (let i = 0; i < adds.length; i++) {
        const next = adds[i]!(accumulators[i], record);
        if (next !== undefined) accumulators[i] = next;
      }
      if (!this.#isEach) {
        this.#changed?.add(entry);
        return;
      }
      result = this.#result(entry.key, accumulators);
    } catch (cause) {
      this.#fail(record, cause);
    }
    this.#output.push(result, time);
  }

  /** The interval is over: emits the keys that changed. */
  fire(now: number): void {
    const changed = this.#changed;
    if (changed === undefined || changed.size === 0 || this.#firing !== undefined) return;
    this.#start([...changed].values(), now);
    changed.clear();
  }

  /** Keys that changed and are to be emitted when the interval is over. */
  get changedKeys(): readonly Key[] {
    return Array.from(this.#changed ?? [], ({ key }) => key);
  }

  /** Whether everything that is emitted at the end was. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Goes on after a checkpoint: these keys are to be emitted, as far as they are here, and those
   *  of these key groups were at the end of their input. */
  restore(changed: readonly Key[], closed: ReadonlySet<number>): void {
    for (const key of changed) {
      const entry = this.#table.find(key);
      if (entry !== undefined) this.#changed?.add(entry);
    }
    this.#closedGroups = closed;
  }

  /** Goes on where another version of this step was: with the same keys to emit, closed or not. */
  takeOver(old: AggregateOperator): void {
    this.#isClosed = old.#isClosed;
    for (const { key } of old.#changed ?? []) {
      const entry = this.#table.find(key);
      if (entry !== undefined) this.#changed?.add(entry);
    }
  }

  close(): void {
    if (this.#isEach || this.#isClosed) return;
    this.#isClosed = true;
    if (this.#changed !== undefined) this.fire(this.#time.time);
    else this.#start(this.#openEntries(), this.#time.time);
  }

  *#openEntries(): Generator<StateEntry<Accumulators>> {
    for (const entry of this.#table.entries()) {
      if (!this.#closedGroups.has(entry.group)) yield entry;
    }
  }

  resume(): boolean {
    let count = 0;
    for (;;) {
      const step = this.#firing!.next();
      if (step.done === true) {
        this.#firing = undefined;
        return true;
      }
      const { key, value } = step.value;
      let result: unknown;
      try {
        result = this.#result(key, value);
      } catch (cause) {
        this.#fail({ key }, cause);
      }
      if (this.#keyCell !== undefined) this.#keyCell.key = key;
      this.#output.push(result, this.#time.time);
      count++;
      if (this.#control.stop) return false;
      if (count % OUTPUTS_PER_CHECK === 0 && this.#control.isOver()) return false;
    }
  }

  #start(entries: Iterator<StateEntry<Accumulators>>, time: number): void {
    this.#time.time = time;
    this.#firing = entries;
    this.#control.park(this);
  }
}

/** The first accumulators of a key. */
export function firstAccumulators(fields: readonly Field[]): () => Accumulators {
  return () => fields.map(([, aggregation]) => aggregation.init());
}

/** Builds `{ key, ...fields }` as one object literal, so that all results have one shape. */
function resultMaker(fields: readonly Field[]): MakeResult {
  const results = fields.map(([, aggregation]) => aggregation.result);
  const parts = fields.map(([name], i) => `${fieldCode(name || "value")}: r[${i}](a[${i}])`);
  const make = new Function("r", `return (key, a) => ({ key, ${parts.join(", ")} });`);
  return make(results) as MakeResult;
}

/** A field of an object literal; `__proto__` written plainly would set the prototype instead. */
function fieldCode(name: string): string {
  const text = JSON.stringify(name);
  return name === "__proto__" ? `[${text}]` : text;
}
