/**
 * Records are immutable once emitted, and state is changed in place, so a state that is emitted is
 * copied. Where a step gives its whole state as its one result, the chain sees to it; here are the
 * rest: one state of several, and states among many outputs.
 */
import { copyPlain } from "../base/plain.ts";
import type { StateFn, Step } from "../model/pipeline.ts";
import type { StateSpec } from "../model/state-spec.ts";

/** The same step, its function such that no output is a state of its own. */
export function withOwnOutputs(step: Step): Step {
  const { spec } = step;
  switch (spec.kind) {
    case "flatMapWithState":
      return { ...step, spec: { ...spec, fn: manyOf(spec.fn, spec.state) } };
    case "mapWithState":
    case "broadcast":
      if (spec.state.kind !== "several") return step;
      return { ...step, spec: { ...spec, fn: oneOf(spec.fn, spec.state) } };
    case "connect": {
      const { state } = spec;
      if (state.kind !== "several") return step;
      const inputs = spec.inputs.map((one) => ({ ...one, fn: oneOf(one.fn, state) }));
      return { ...step, spec: { ...spec, inputs } };
    }
    default:
      return step;
  }
}

/** Whether an output is the state, or a state of several. */
export function isOwnOutput(output: unknown, state: unknown, spec: StateSpec<unknown>): boolean {
  if (typeof output !== "object" || output === null) return false;
  if (output === state) return true;
  if (spec.kind !== "several") return false;
  const parts = state as Readonly<Record<string, unknown>>;
  for (const name in parts) if (parts[name] === output) return true;
  return false;
}

/** An output, or a copy of it when it is a state. */
export function ownOutput(output: unknown, state: unknown, spec: StateSpec<unknown>): unknown {
  return isOwnOutput(output, state, spec) ? copyPlain(output) : output;
}

function oneOf(fn: StateFn, spec: StateSpec<unknown>): StateFn {
  return (record, state, ctx) => ownOutput(fn(record, state, ctx), state, spec);
}

function manyOf(fn: StateFn, spec: StateSpec<unknown>): StateFn {
  return (record, state, ctx) => {
    const outputs = fn(record, state, ctx);
    if (Array.isArray(outputs)) {
      const list = outputs as readonly unknown[];
      const hasOwn = list.some((output) => isOwnOutput(output, state, spec));
      return hasOwn ? list.map((output) => ownOutput(output, state, spec)) : list;
    }
    if (typeof outputs !== "object" || outputs === null) return outputs;
    const make = (outputs as Partial<Iterable<unknown>>)[Symbol.iterator];
    if (typeof make !== "function") return outputs;
    return { [Symbol.iterator]: () => new OwnOutputs(make.call(outputs), state, spec) };
  };
}

/** Copies at the moment at which the function gives: it may go on to change what it gave. */
class OwnOutputs implements Iterator<unknown> {
  readonly #outputs: Iterator<unknown>;
  readonly #state: unknown;
  readonly #spec: StateSpec<unknown>;

  constructor(outputs: Iterator<unknown>, state: unknown, spec: StateSpec<unknown>) {
    this.#outputs = outputs;
    this.#state = state;
    this.#spec = spec;
  }

  next(): IteratorResult<unknown> {
    const step = this.#outputs.next();
    if (step.done === true) return step;
    const value = ownOutput(step.value, this.#state, this.#spec);
    return value === step.value ? step : { done: false, value };
  }

  return(value?: unknown): IteratorResult<unknown> {
    return this.#outputs.return?.(value) ?? { done: true, value };
  }
}
