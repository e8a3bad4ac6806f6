/** The nodes behind `KeyedStream`: steps with state. */
import { durationMs } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import { OUTPUTS_PER_RECORD_MAX } from "../model/limits.ts";
import type { Edge, EmitRule, StepSpec } from "../model/pipeline.ts";
import { applyFragment, type Builder, checkFunction } from "./builder.ts";
import { oneState, type StateArg } from "./state.ts";
import { type OnError, type Sides, specOptions, withOutputs } from "./step-options.ts";
import type { AggregateOptions, Stream } from "./stream.ts";

type Fn = (...parameters: never[]) => unknown;

interface Options {
  readonly onError?: OnError;
  readonly side?: Sides;
  readonly maxOutputs?: number;
}

/** A keyed stream's node. Its methods are typed by `KeyedStream`, as which it is handed out. */
export class KeyedNode {
  readonly #builder: Builder;
  readonly #edge: Edge;
  readonly #streamOf: (builder: Builder, edge: Edge) => Stream<never>;

  constructor(
    builder: Builder,
    edge: Edge,
    streamOf: (builder: Builder, edge: Edge) => Stream<never>,
  ) {
    this.#builder = builder;
    this.#edge = edge;
    this.#streamOf = streamOf;
  }

  mapWithState(name: string, given: StateArg, fn: Fn, options: Options = {}): never {
    const state = oneState(given, name);
    checkFunction(fn, name, "the function");
    const more = specOptions(name, options);
    return this.#add(name, { kind: "mapWithState", state, fn: fn as never, ...more });
  }

  flatMapWithState(name: string, given: StateArg, fn: Fn, options: Options = {}): never {
    const state = oneState(given, name);
    checkFunction(fn, name, "the function");
    const maxOutputs = options.maxOutputs ?? OUTPUTS_PER_RECORD_MAX;
    if (!(maxOutputs > 0)) {
      throw userError("bad_step", `step "${name}": maxOutputs is ${maxOutputs}: 1 is the least`);
    }
    const more = specOptions(name, options);
    const spec = { kind: "flatMapWithState", state, fn: fn as never, maxOutputs, ...more } as const;
    return this.#add(name, spec);
  }

  aggregate(name: string, given: object, options: AggregateOptions = {}): never {
    const isOne = typeof (given as { add?: unknown }).add === "function";
    const fields = isOne ? [["", given] as const] : Object.entries(given);
    if (fields.length === 0) throw userError("bad_step", `step "${name}": nothing to aggregate`);
    if (fields.some(([field]) => field === "key")) {
      throw userError("bad_step", `step "${name}": "key" cannot be a field; it is the key`);
    }
    for (const [field, one] of fields) {
      for (const part of ["init", "add", "merge", "result"]) {
        const fn = (one as Record<string, unknown> | undefined)?.[part];
        checkFunction(fn, name, `${part} of the aggregation ${field}`);
      }
    }
    const emit = emitRule(options.emit ?? "each", name);
    return this.#add(name, { kind: "aggregate", fields: fields as never, emit });
  }

  to<R>(first: string | ((stream: this) => R), second?: (stream: this) => R): R {
    return applyFragment(this.#builder, this, first, second);
  }

  #add(name: string, spec: StepSpec): never {
    const step = this.#builder.add(name, spec, [this.#edge]);
    const stream = (output: number): Stream<never> =>
      this.#streamOf(this.#builder, { from: step.id, output });
    return withOutputs(step, stream(0), stream);
  }
}

function emitRule(emit: NonNullable<AggregateOptions["emit"]>, step: string): EmitRule {
  if (emit === "each" || emit === "on close") return emit;
  const everyMs = durationMs(emit, `emit of step "${step}"`);
  if (everyMs > 0) return { everyMs };
  throw userError("bad_step", `step "${step}": emit every 0 ms: use "each"`);
}
