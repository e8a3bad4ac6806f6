/**
 * The plain form of a chain: operators that hand on `push(record, time)`. It is the model that the
 * compiled form is compared with, and what runs where code may not be generated.
 */
import { unreachable } from "../base/assert.ts";
import type { Batch } from "../model/source.ts";
import type { Key } from "../model/key.ts";
import { COLLECT_KEY, type Entry, readTime, type SourceEntry } from "./entry.ts";
import type { Output } from "./operator.ts";
import { type ChainRuntime, emitted, stateOf, type StepRuntime, type Target } from "./runtime.ts";

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
  const { context, fail, keyCell } = runtime;
  const out = fanOut(chain, runtime, 0, pushes);
  const emit: Push = (record, time, key) => {
    if (isCounting()) runtime.recordsOut++;
    out(record, time, key);
  };
  switch (spec.kind) {
    case "source":
      return out;
    case "map":
      return (record, time, key) => {
        const result = attempt(() => spec.fn(record, context), fail, record);
        if (result !== undefined) emit(result, time, key);
      };
    case "filter":
      return (record, time, key) => {
        if (attempt(() => spec.fn(record, context), fail, record)) emit(record, time, key);
      };
    case "inspect":
      return (record, time, key) => {
        attempt(() => spec.fn(record, context), fail, record);
        emit(record, time, key);
      };
    case "merge":
    case "forward":
    case "rebalance":
      return emit;
    case "keyBy":
      return (record, time) => {
        const key = attempt(() => spec.fn(record, context), fail, record) as Key;
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
        const key = attempt(() => keyOf(record, context), fail, record) as Key;
        keyCell!.key = key;
        if (isCounting()) runtime.recordsOut++;
        next(record, time, key);
      };
    }
    case "mapWithState":
      return (record, time, key) => {
        const result = attempt(() => withState(runtime, spec.fn, record, key), fail, record);
        if (result !== undefined) emit(result, time, key);
      };
    case "connect": {
      const handler = spec.inputs[input]!.fn;
      const own = fanOut(chain, runtime, input + 1, pushes);
      return (record, time, key) => {
        const result = attempt(() => withState(runtime, handler, record, key), fail, record);
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
    case "sink":
      return (record, time) => runtime.sink!.push(record, time);
    default:
      return unreachable(spec);
  }
}

function withState(
  runtime: StepRuntime,
  fn: (record: unknown, state: unknown, ctx: never) => unknown,
  record: unknown,
  key: Key,
): unknown {
  const state = stateOf(runtime.table!, key, runtime.context);
  return emitted(fn(record, state, runtime.context as never), state);
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
