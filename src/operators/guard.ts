/**
 * A user's call that may fail without ending the job, or that has side outputs: all or nothing.
 *
 * G1. Of a call that failed nothing is left: the key's state is as it was before, what was put
 *     aside is forgotten, no output was handed on. A key that the call made new is unknown again.
 * G2. Side outputs leave after the call, before its main output.
 *
 * State is copied before the call only where it may have to be put back; with policy `fail` the job
 * ends and starts again from its checkpoint.
 */
import { messageOf } from "../base/errors.ts";
import { copyPlain } from "../base/plain.ts";
import type { ErrorPolicy } from "../model/pipeline.ts";
import type { MemoryTable } from "../state/memory-backend.ts";
import type { MemoryEntry } from "../state/memory-entry.ts";
import { remember } from "../state/values.ts";
import type { OperatorContext, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import { divertedOf, isExit, placeOf } from "./failure.ts";
import type { Fail } from "./flat-map.ts";
import type { Output } from "./operator.ts";

export interface GuardOptions {
  readonly step: string;
  readonly context: OperatorContext;
  readonly control: TaskControl;
  readonly time: TimeCell;
  readonly table: MemoryTable<unknown> | undefined;
  readonly policy: ErrorPolicy | undefined;
  readonly sides: readonly string[];
  /** Its result is an iterable, which is read to its end before anything is emitted. */
  readonly isMany: boolean;
  readonly maxOutputs: number;
  readonly fail: Fail;
  /** Told of every record that was skipped or diverted. */
  readonly onFailure: (message: string) => void;
}

type Call = (record: unknown, second: unknown, ctx: OperatorContext) => unknown;

const KEEP: ErrorPolicy = { retries: 0, then: "fail" };

export class Guard {
  readonly #options: GuardOptions;
  readonly #policy: ErrorPolicy;
  readonly #table: MemoryTable<unknown> | undefined;
  readonly #isUndoing: boolean;
  #sideOutputs: readonly Output[] = [];
  #diverted: Output = { push: () => undefined };
  /** Calls that failed for good. */
  failed = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#policy = options.policy ?? KEEP;
    this.#table = options.table;
    this.#isUndoing = this.#policy.then !== "fail" || this.#policy.retries > 0;
    options.context.declareSides(options.sides);
  }

  /** Where sides and diverted records go. */
  open(sideOutputs: readonly Output[], diverted: Output): void {
    this.#sideOutputs = sideOutputs;
    this.#diverted = diverted;
  }

  /** Calls `fn(record, ctx)`; undefined when it gave nothing, or failed and was let go. */
  call(fn: Call, record: unknown, from?: string): unknown {
    return this.#attempt(fn, record, undefined, from);
  }

  /** Calls `fn(record, state, ctx)` with the state of `key`. */
  callWithState(fn: Call, record: unknown, key: unknown, from?: string): unknown {
    return this.#attempt(fn, record, key, from);
  }

  #attempt(fn: Call, record: unknown, key: unknown, from: string | undefined): unknown {
    const { context } = this.#options;
    for (let attempt = 0; ; attempt++) {
      let entry: MemoryEntry<unknown> | undefined;
      let before: ReturnType<typeof remember> | undefined;
      let isNew = false;
      let touchedAt = 0;
      let result: unknown;
      try {
        if (this.#table === undefined) {
          result = fn(record, context, context);
        } else {
          const old = this.#table.find(key);
          touchedAt = old?.touchedAt ?? 0;
          entry = this.#table.access(key, this.#options.time.time, context);
          isNew = entry !== old;
          if (this.#isUndoing && !isNew) before = remember(entry.value);
          if (this.#options.sides.length > 0) {
            context.ownState = { value: entry.value, spec: this.#table.spec };
          }
          result = fn(record, entry.value, context);
          if (result === entry.value) result = copyPlain(result);
        }
        if (this.#options.isMany) result = this.#readAll(result);
        before?.forget();
      } catch (cause) {
        context.dropSides();
        this.#undo(entry, isNew, before);
        if (entry !== undefined && this.#isUndoing && !isNew) entry.touchedAt = touchedAt;
        if (attempt < this.#policy.retries && !isExit(cause)) continue;
        return this.#giveUp(record, from, cause);
      }
      this.#emitSides();
      return result;
    }
  }

  #undo(
    entry: MemoryEntry<unknown> | undefined,
    isNew: boolean,
    before: ReturnType<typeof remember> | undefined,
  ): void {
    if (entry === undefined || !this.#isUndoing) return;
    if (isNew) {
      this.#table!.forget(entry.key);
      return;
    }
    if (before !== undefined) entry.value = before.back();
    this.#table!.put(entry);
  }

  #giveUp(record: unknown, from: string | undefined, cause: unknown): undefined {
    const { fail, step, control, time } = this.#options;
    if (this.#policy.then === "fail" || isExit(cause)) return fail(record, cause);
    this.failed++;
    this.#options.onFailure(`${messageOf(cause)}${atText(cause)}`);
    if (this.#policy.then === "divert") {
      const position = control.position();
      const diverted = divertedOf({ step, record, time: time.time, position, from }, cause);
      this.#diverted.push(diverted, time.time);
    }
    return undefined;
  }

  #readAll(outputs: unknown): unknown {
    if (Array.isArray(outputs) || outputs === null || outputs === undefined) return outputs;
    const make = (outputs as Partial<Iterable<unknown>>)[Symbol.iterator];
    if (typeof make !== "function") return outputs;
    const all: unknown[] = [];
    for (const output of outputs as Iterable<unknown>) {
      all.push(output);
      if (all.length > this.#options.maxOutputs) break; // The expander says what is too much.
    }
    return all;
  }

  #emitSides(): void {
    const { context, time } = this.#options;
    if (!context.hasSides) return;
    const sides = context.takeSides();
    for (const [index, value] of sides) this.#sideOutputs[index]?.push(value, time.time);
  }
}

function atText(cause: unknown): string {
  const place = placeOf(cause);
  return place === undefined ? "" : ` (${place})`;
}

/** An inspecting function that says true when it did not throw, so that a skip is told. */
export function seenBy(
  fn: (record: unknown, ctx: OperatorContext) => void,
): (record: unknown, ctx: OperatorContext) => true {
  return (record, ctx) => {
    fn(record, ctx);
    return true;
  };
}
