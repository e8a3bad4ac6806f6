/** The plain form of each kind of step: a push that calls the user's function and hands on. */
import { mainOutputs, type StepOptions } from "../model/pipeline.ts";
import type { Key } from "../model/key.ts";
import type { OperatorContext } from "./context.ts";
import { COLLECT_KEY } from "./entry.ts";
import { seenBy } from "./guard.ts";
import type { Output } from "./operator.ts";
import type { ChainRuntime, Target } from "./runtime.ts";
import { emitted, stateOf } from "./runtime-parts.ts";
import type { StepRuntime } from "./step-runtime.ts";

export type Push = (record: unknown, time: number, key: Key) => void;

type Call = (record: unknown, ctx: OperatorContext) => unknown;

/** Where a step stands in its chain. What is downstream of it was linked before. */
export interface Place {
  readonly chain: ChainRuntime;
  readonly runtime: StepRuntime;
  readonly input: number;
  readonly pushes: ReadonlyMap<string, Push>;
  readonly isCounting: () => boolean;
}

/** Everything that takes an output of a step, as one push. */
export function fanOut({ chain, runtime, pushes }: Place, output: number): Push {
  const { id } = runtime.step;
  const targets = [
    ...pushesOf(chain.targets(id, output), pushes),
    ...chain.exits(id, output).map(
      (exit): Push =>
        (r, time, key) =>
          exit.push(r, time, key),
    ),
  ];
  if (targets.length === 1) return targets[0]!;
  return (record, time, key) => {
    for (const push of targets) push(record, time, key);
  };
}

/** The pushes of some inputs. */
export function pushesOf(
  targets: readonly Target[],
  pushes: ReadonlyMap<string, Push>,
): readonly Push[] {
  return targets.map(({ step, input }) => pushes.get(`${step}/${input}`) ?? (() => undefined));
}

/** The push of one input of a step. */
export function linkStep(place: Place): Push {
  openGuard(place);
  return linkStateless(place) ?? linkKeyed(place) ?? linkObject(place) ?? fanOut(place, 0);
}

/** Counts a record out, then hands it to an output. */
function emitter(place: Place, output: number): Push {
  const out = fanOut(place, output);
  return (record, time, key) => {
    if (place.isCounting()) place.runtime.recordsOut++;
    out(record, time, key);
  };
}

function linkStateless(place: Place): Push | undefined {
  const { spec } = place.runtime.step;
  const call = caller(place.runtime);
  const emit = emitter(place, 0);
  switch (spec.kind) {
    case "map":
      return (record, time, key) => {
        const result = call(spec.fn, record);
        if (result !== undefined) emit(result, time, key);
      };
    case "filter":
    case "inspect": {
      const keep = spec.kind === "filter" ? spec.fn : seenBy(spec.fn);
      return (record, time, key) => {
        if (call(keep, record)) emit(record, time, key);
      };
    }
    case "branch": {
      const outs = spec.branches.map((_, i) => emitter(place, i));
      return (record, time, key) => {
        const taken = spec.branches.findIndex(({ fn }) => fn === undefined || call(fn, record));
        outs[taken]?.(record, time, key);
      };
    }
    case "merge":
    case "forward":
    case "rebalance":
      return emit;
    default:
      return undefined;
  }
}

function linkKeyed(place: Place): Push | undefined {
  const { runtime, input } = place;
  const { spec } = runtime.step;
  const call = caller(runtime);
  const keyed = (keyOf: (record: unknown) => unknown, emit: Push): Push => {
    return (record, time) => {
      const key = keyOf(record) as Key;
      runtime.keyCell!.key = key;
      emit(record, time, key);
    };
  };
  switch (spec.kind) {
    case "keyBy":
      return keyed((record) => call(spec.fn, record), emitter(place, 0));
    case "collect":
      return keyed(() => COLLECT_KEY, emitter(place, 0));
    case "connectKeyBy": {
      const keyOf = spec.keys[input]!.fn;
      return keyed((record) => call(keyOf, record), emitter(place, input));
    }
    case "mapWithState": {
      const emit = emitter(place, 0);
      return (record, time, key) => {
        const result = withState(runtime, spec.fn, record, time, key);
        if (result !== undefined) emit(result, time, key);
      };
    }
    case "broadcast": {
      const emit = emitter(place, 0);
      const fn = input === 0 ? spec.fn : spec.update;
      return (record, time, key) => {
        const result = withState(runtime, fn, record, time, COLLECT_KEY);
        if (input === 0 && result !== undefined) emit(result, time, key);
      };
    }
    case "connect": {
      const { fn, name } = spec.inputs[input]!;
      const emit = emitter(place, 0);
      const own = fanOut(place, input + 1);
      return (record, time, key) => {
        const result = withState(runtime, fn, record, time, key, name);
        if (result === undefined) return;
        emit(result, time, key);
        own(result, time, key);
      };
    }
    default:
      return undefined;
  }
}

/** Steps that park, gather or wait are objects, the same ones in both forms. */
function linkObject(place: Place): Push | undefined {
  const { runtime } = place;
  const { expander, aggregate, asyncMap, sink } = runtime;
  const main = asOutput(emitter(place, 0));
  if (expander !== undefined) {
    expander.open(main);
    return (record, time, key) => expander.push(record, time, key);
  }
  if (aggregate !== undefined) {
    aggregate.open(main);
    return (record, time, key) => aggregate.push(record, time, key);
  }
  if (asyncMap !== undefined) {
    asyncMap.open(main, asOutput(fanOut(place, 1)));
    return (record, time) => asyncMap.push(record, time);
  }
  return sink === undefined ? undefined : (record, time) => sink.push(record, time);
}

/** Calls a user's function of a record and the context; a guarded call may be let go. */
function caller(runtime: StepRuntime): (fn: Call, record: unknown) => unknown {
  const { context, fail, guard } = runtime;
  if (guard !== undefined) return (fn, record) => guard.call(fn as never, record);
  return (fn, record) => attempt(() => fn(record, context), fail, record);
}

function withState(
  runtime: StepRuntime,
  fn: (record: unknown, state: unknown, ctx: never) => unknown,
  record: unknown,
  time: number,
  key: Key,
  from?: string,
): unknown {
  const { table, context, fail, guard } = runtime;
  if (guard !== undefined) return guard.callWithState(fn as never, record, key, from);
  const run = (): unknown => {
    const state = stateOf(table!, key, time, context);
    return emitted(fn(record, state, context as never), state);
  };
  return attempt(run, fail, record);
}

/** Links what a guarded step puts aside or diverts. */
function openGuard(place: Place): void {
  const { guard, step } = place.runtime;
  if (guard === undefined) return;
  const { sides = [] } = step.spec as StepOptions;
  const first = mainOutputs(step.spec);
  const outputs = sides.map((_, i) => asOutput(fanOut(place, first + i)));
  guard.open(outputs, asOutput(fanOut(place, first + sides.length)));
}

function asOutput(push: Push): Output {
  return { push: (record, time) => push(record, time, COLLECT_KEY) };
}

function attempt<R>(call: () => R, fail: StepRuntime["fail"], record: unknown): R {
  try {
    return call();
  } catch (cause) {
    return fail(record, cause);
  }
}
