/**
 * The plain form of a chain: operators that hand on `push(record, time)`. It is the model that the
 * compiled form is compared with, and what runs where code may not be generated.
 */
import { unreachable } from "../base/assert.ts";
import type { Batch } from "../model/source.ts";
import type { Key } from "../model/key.ts";
import { mainOutputs, type StepOptions } from "../model/pipeline.ts";
import { COLLECT_KEY, type Entry, readTime, type SourceEntry } from "./entry.ts";
import type { Output } from "./operator.ts";
import { type ChainRuntime, emitted, stateOf, type StepRuntime, type Target } from "./runtime.ts";
import type { OperatorContext } from "./context.ts";
import { seenBy } from "./guard.ts";

type Call = (record: unknown, ctx: OperatorContext) => unknown;
type Push = (record: unknown, time: number, key: Key) => void;

/** Links the operators of a task and gives the entry of each of its sources. */
export function linkChain(chain: ChainRuntime, isCounting: () => boolean): Map<number, Entry> {
  const pushes = new Map<string, Push>();
  for (const id of chain.order.toReversed()) {
    const runtime = chain.step(id);
    for (let input = 0; input < inputCount(runtime); input++) {
      pushes.set(
        `${id}/${input}`,
        counted(link(chain, runtime, input, pushes, isCounting), runtime),
      );
    }
  }
  const entries = new Map<number, Entry>();
  for (const id of chain.order) {
    const runtime = chain.step(id);
    if (runtime.step.spec.kind !== "source") continue;
    const next = fanOut(chain, runtime, 0, pushes);
    const enter: Push = (record, time, key) => {
      if (isCounting()) runtime.recordsIn++;
      if (isCounting()) runtime.recordsOut++;
      next(record, time, key);
    };
    entries.set(id, (source) => runPlain(chain, runtime, source, enter));
  }
  return entries;

  function counted(push: Push, runtime: StepRuntime): Push {
    return (record, time, key) => {
      if (isCounting()) runtime.recordsIn++;
      push(record, time, key);
    };
  }
}

function inputCount(runtime: StepRuntime): number {
  const { spec } = runtime.step;
  if (spec.kind === "connect") return spec.inputs.length;
  if (spec.kind === "broadcast") return 2;
  return spec.kind === "connectKeyBy" ? spec.keys.length : 1;
}

/** Everything that takes an output, as one push. */
function fanOut(
  chain: ChainRuntime,
  runtime: StepRuntime,
  output: number,
  pushes: ReadonlyMap<string, Push>,
): Push {
  const targets = chain.targets(runtime.step.id, output).map((target) => pushOf(target, pushes));
  if (targets.length === 1) return targets[0]!;
  return (record, time, key) => {
    for (const push of targets) push(record, time, key);
  };
}

function pushOf(target: Target, pushes: ReadonlyMap<string, Push>): Push {
  return pushes.get(`${target.step}/${target.input}`) ?? (() => undefined);
}

function link(
  chain: ChainRuntime,
  runtime: StepRuntime,
  input: number,
  pushes: ReadonlyMap<string, Push>,
  isCounting: () => boolean,
): Push {
  const { spec } = runtime.step;
  const { keyCell } = runtime;
  const out = fanOut(chain, runtime, 0, pushes);
  const emit: Push = (record, time, key) => {
    if (isCounting()) runtime.recordsOut++;
    out(record, time, key);
  };
  openGuard(chain, runtime, pushes);
  const call = caller(runtime);
  switch (spec.kind) {
    case "source":
      return out;
    case "map":
      return (record, time, key) => {
        const result = call(spec.fn, record);
        if (result !== undefined) emit(result, time, key);
      };
    case "filter":
      return (record, time, key) => {
        if (call(spec.fn, record)) emit(record, time, key);
      };
    case "inspect": {
      const seen = seenBy(spec.fn);
      return (record, time, key) => {
        if (call(seen, record)) emit(record, time, key);
      };
    }
    case "branch": {
      const outs = spec.branches.map((_, i) => fanOut(chain, runtime, i, pushes));
      return (record, time, key) => {
        const taken = spec.branches.findIndex(({ fn }) => fn === undefined || call(fn, record));
        if (taken === -1) return;
        if (isCounting()) runtime.recordsOut++;
        outs[taken]!(record, time, key);
      };
    }
    case "broadcast": {
      const fn = input === 0 ? spec.fn : spec.update;
      return (record, time, key) => {
        const result = withState(runtime, fn, record, time, COLLECT_KEY);
        if (input === 0 && result !== undefined) emit(result, time, key);
      };
    }
    case "merge":
    case "forward":
    case "rebalance":
      return emit;
    case "keyBy":
      return (record, time) => {
        const key = call(spec.fn, record) as Key;
        keyCell!.key = key;
        emit(record, time, key);
      };
    case "collect":
      return (record, time) => {
        keyCell!.key = COLLECT_KEY;
        emit(record, time, COLLECT_KEY);
      };
    case "connectKeyBy": {
      const keyOf = spec.keys[input]!.fn;
      const next = fanOut(chain, runtime, input, pushes);
      return (record, time) => {
        const key = call(keyOf, record) as Key;
        keyCell!.key = key;
        if (isCounting()) runtime.recordsOut++;
        next(record, time, key);
      };
    }
    case "mapWithState":
      return (record, time, key) => {
        const result = withState(runtime, spec.fn, record, time, key);
        if (result !== undefined) emit(result, time, key);
      };
    case "connect": {
      const { fn: handler, name } = spec.inputs[input]!;
      const own = fanOut(chain, runtime, input + 1, pushes);
      return (record, time, key) => {
        const result = withState(runtime, handler, record, time, key, name);
        if (result === undefined) return;
        emit(result, time, key);
        own(result, time, key);
      };
    }
    case "flatMap":
    case "flatMapWithState":
      runtime.expander!.open(asOutput(emit));
      return (record, time, key) => runtime.expander!.push(record, time, key);
    case "aggregate":
      runtime.aggregate!.open(asOutput(emit));
      return (record, time, key) => runtime.aggregate!.push(record, time, key);
    case "asyncMap": {
      const diverted = fanOut(chain, runtime, 1, pushes);
      runtime.asyncMap!.open(asOutput(emit), asOutput(diverted));
      return (record, time) => runtime.asyncMap!.push(record, time);
    }
    case "sink":
    case "sinkEach":
      return (record, time) => runtime.sink!.push(record, time);
    default:
      return unreachable(spec);
  }
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
function openGuard(
  chain: ChainRuntime,
  runtime: StepRuntime,
  pushes: ReadonlyMap<string, Push>,
): void {
  const { guard, step } = runtime;
  if (guard === undefined) return;
  const { sides = [] } = step.spec as StepOptions;
  const first = mainOutputs(step.spec);
  const outputs = sides.map((_, i) => asOutput(fanOut(chain, runtime, first + i, pushes)));
  guard.open(outputs, asOutput(fanOut(chain, runtime, first + sides.length, pushes)));
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

/** Runs records `[from, until)` of a batch. Returns the index behind the last that was taken. */
function runPlain(
  chain: ChainRuntime,
  runtime: StepRuntime,
  source: SourceEntry,
  next: Push,
): (batch: Batch<unknown>, from: number, until: number) => number {
  const { control, time } = chain;
  return (batch, from, until) => {
    let i = from;
    while (i < until) {
      const at = i++;
      control.index = at;
      time.time = batch.times?.[at] ?? batch.time;
      const record = source.read(batch, at);
      if (record === undefined) continue;
      readTime(chain, runtime, record);
      source.records++;
      next(record, time.time, COLLECT_KEY);
      if (control.stop) break;
    }
    return i;
  };
}
