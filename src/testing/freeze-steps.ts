/**
 * Wraps the functions of a graph so that every record that goes in or comes out is frozen: whoever
 * changes a record that was emitted, or emits a part of the state that it changes later, is told at
 * once, by name and line, instead of being wrong on two workers.
 */
import { freezePlain } from "../base/plain.ts";
import type { Step, StepSpec } from "../model/pipeline.ts";
import type { StateSpec } from "../model/state-spec.ts";
import { isOwnOutput } from "../operators/own-state.ts";

type Fn = (record: never, ...more: never[]) => unknown;

/** The same step with frozen records. */
export function frozenStep(step: Step): Step {
  return { ...step, spec: frozenSpec(step.spec) };
}

function frozenSpec(spec: StepSpec): StepSpec {
  switch (spec.kind) {
    case "source":
      return spec.time === undefined ? spec : { ...spec, time: taking(spec.time) };
    case "map":
    case "filter":
    case "inspect":
    case "keyBy":
    case "asyncMap":
      return { ...spec, fn: giving(taking(spec.fn)) } as StepSpec;
    case "flatMap":
      return { ...spec, fn: givingMany(taking(spec.fn)) as never };
    case "mapWithState":
      return { ...spec, fn: giving(taking(spec.fn), spec.state) };
    case "flatMapWithState":
      return { ...spec, fn: givingMany(taking(spec.fn), spec.state) };
    case "broadcast":
      return { ...spec, fn: giving(taking(spec.fn), spec.state), update: taking(spec.update) };
    case "branch": {
      const branches = spec.branches.map((one) =>
        one.fn === undefined ? one : { ...one, fn: taking(one.fn) },
      );
      return { ...spec, branches };
    }
    case "connectKeyBy":
      return { ...spec, keys: spec.keys.map((one) => ({ ...one, fn: taking(one.fn) })) };
    case "connect": {
      const inputs = spec.inputs.map((one) => ({ ...one, fn: giving(taking(one.fn), spec.state) }));
      return { ...spec, inputs };
    }
    case "aggregate": {
      const fields = spec.fields.map(([name, one]) => {
        const add = (acc: unknown, record: unknown): unknown => one.add(acc, freezePlain(record));
        return [name, { ...one, add }] as const;
      });
      return { ...spec, fields };
    }
    case "sinkEach":
      return { ...spec, target: taking(spec.target) };
    default:
      return spec;
  }
}

/** Freezes the record that the function is given. */
function taking<F extends Fn>(fn: F): F {
  const wrapped = (record: never, ...more: never[]): unknown => fn(freezePlain(record), ...more);
  return wrapped as F;
}

/** Freezes what the function gives, but for its states, of which copies are emitted. */
function giving<F extends Fn>(fn: F, state?: StateSpec<unknown>): F {
  const wrapped = (record: never, second: never, ...more: never[]): unknown => {
    const result = fn(record, second, ...more);
    if (result instanceof Promise) return result.then((value: unknown) => freezePlain(value));
    return isOwn(result, second, state) ? result : freezePlain(result);
  };
  return wrapped as F;
}

/** Freezes each of what the function gives; what it gives lazily stays lazy. */
function givingMany<F extends Fn>(fn: F, state?: StateSpec<unknown>): F {
  const wrapped = (record: never, second: never, ...more: never[]): unknown => {
    const results = fn(record, second, ...more);
    if (Array.isArray(results)) {
      for (const one of results as unknown[]) if (!isOwn(one, second, state)) freezePlain(one);
      return results;
    }
    return isIterable(results) ? frozenOnes(results, second, state) : results;
  };
  return wrapped as F;
}

function isOwn(value: unknown, second: unknown, spec: StateSpec<unknown> | undefined): boolean {
  return spec !== undefined && isOwnOutput(value, second, spec);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function* frozenOnes(
  values: Iterable<unknown>,
  second: unknown,
  spec: StateSpec<unknown> | undefined,
): Generator {
  for (const value of values) yield isOwn(value, second, spec) ? value : freezePlain(value);
}
