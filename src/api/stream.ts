/** Streams: what a user chains. Every method adds one step and returns a new value. */
import { type Duration, durationMs } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import type { Aggregation } from "../model/aggregation.ts";
import type { KeyedContext, StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import { OUTPUTS_PER_RECORD_MAX } from "../model/limits.ts";
import type { Edge, EmitRule, Step, StepSpec } from "../model/pipeline.ts";
import type { Sink } from "../model/sink.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { Aggregated } from "./aggregate.ts";
import { type Builder, checkFunction } from "./builder.ts";
import type { Emitted, PlainData } from "./plain.ts";

export interface FlatMapOptions {
  /** Outputs that one record may give, 1,000,000 by default: one more ends the job. */
  readonly maxOutputs?: number;
}

export interface SinkOptions {
  /** How many connections (or files) the sink has in the whole cluster; 1 by default. */
  readonly connections?: number;
}

export interface AggregateOptions {
  /**
   * When results are given: for each record (the default), at an interval for the keys that changed,
   * or once, when the input ends. The last value of a key counts; there are no retractions.
   */
  readonly emit?: "each" | "on close" | Duration;
}

/** Records of one type. Immutable once emitted. A value: use it as often as you like. */
export interface Stream<T> {
  /** One record for each; `undefined` means nothing and leaves the type. */
  map<O>(name: string, fn: (record: T, ctx: StepContext) => O): Stream<Emitted<O>>;
  /** Any number of records for each: an array, or any iterable (read lazily, in slices). */
  flatMap<O>(
    name: string,
    fn: (record: T, ctx: StepContext) => Iterable<O>,
    options?: FlatMapOptions,
  ): Stream<O>;
  /** Keeps the records for which `fn` is true. A type guard narrows the stream. */
  filter<U extends T>(name: string, fn: (record: T, ctx: StepContext) => record is U): Stream<U>;
  filter(name: string, fn: (record: T, ctx: StepContext) => boolean): Stream<T>;
  /** Sees every record and changes nothing. */
  inspect(name: string, fn: (record: T, ctx: StepContext) => void): Stream<T>;
  /** The records of both. No order is defined between the two. */
  merge(other: Stream<T>): Stream<T>;
  /** Brings all records of one key together; only a keyed stream can hold state. */
  keyBy<K extends Key>(
    name: string,
    fn: ((record: T, ctx: StepContext) => K) & PlainData<T>,
  ): KeyedStream<K, T>;
  /** Everything to one task, as if it had one key: the empty string. */
  collect(name: string): KeyedStream<string, T>;
  /** Spreads the records evenly over all workers; order is not kept. */
  rebalance(name: string): Stream<T>;
  /** Applies a reusable part of a graph. With a name, its steps are called `name/step`. */
  to<R>(fragment: (stream: this) => R): R;
  to<R>(name: string, fragment: (stream: this) => R): R;
  /** Ends here. A stream may have several sinks. */
  sink(name: string, sink: Sink<T>, options?: SinkOptions): void;
}

/** Records by key: what state belongs to. */
export interface KeyedStream<K extends Key, T> {
  /** One record for each, with the key's state, which is changed in place. */
  mapWithState<S, O>(
    name: string,
    state: StateSpec<S>,
    fn: (record: T, state: S, ctx: KeyedContext<K>) => O,
  ): Stream<Emitted<O>>;
  /** Any number of records for each. */
  flatMapWithState<S, O>(
    name: string,
    state: StateSpec<S>,
    fn: (record: T, state: S, ctx: KeyedContext<K>) => Iterable<O>,
    options?: FlatMapOptions,
  ): Stream<O>;
  /**
   * A running aggregate by field, `{ n: count(), total: sum((o) => o.price) }`, or a single
   * aggregation, whose result is the field `value`.
   */
  // oxlint-disable-next-line typescript/no-explicit-any
  aggregate<M extends Record<string, Aggregation<T, any, any>>, A = never, O = never>(
    name: string,
    what: Aggregation<T, A, O> | M,
    options?: AggregateOptions,
  ): Stream<Aggregated<K, M, A, O>>;
  to<R>(fragment: (stream: this) => R): R;
  to<R>(name: string, fragment: (stream: this) => R): R;
}

/** The node of a graph that a stream stands for. */
export class StreamNode<T> implements Stream<T> {
  readonly builder: Builder;
  readonly edge: Edge;

  constructor(builder: Builder, edge: Edge) {
    this.builder = builder;
    this.edge = edge;
  }

  map<O>(name: string, fn: (record: T, ctx: StepContext) => O): Stream<Emitted<O>> {
    checkFunction(fn, name, "the function");
    return this.#then(name, { kind: "map", fn: fn as never });
  }

  flatMap<O>(
    name: string,
    fn: (record: T, ctx: StepContext) => Iterable<O>,
    options: FlatMapOptions = {},
  ): Stream<O> {
    checkFunction(fn, name, "the function");
    return this.#then(name, { kind: "flatMap", fn: fn as never, maxOutputs: outputs(options) });
  }

  filter<U extends T>(name: string, fn: (record: T, ctx: StepContext) => boolean): Stream<U> {
    checkFunction(fn, name, "the function");
    return this.#then(name, { kind: "filter", fn: fn as never });
  }

  inspect(name: string, fn: (record: T, ctx: StepContext) => void): Stream<T> {
    checkFunction(fn, name, "the function");
    return this.#then(name, { kind: "inspect", fn: fn as never });
  }

  merge(other: Stream<T>): Stream<T> {
    const second = nodeOf(other, "merge");
    if (second.builder !== this.builder) {
      throw userError("other_app", "merge: the other stream belongs to another app");
    }
    const step = this.builder.add("", { kind: "merge" }, [this.edge, second.edge]);
    return new StreamNode<T>(this.builder, { from: step.id, output: 0 });
  }

  keyBy<K extends Key>(
    name: string,
    fn: ((record: T, ctx: StepContext) => K) & PlainData<T>,
  ): KeyedStream<K, T> {
    checkFunction(fn, name, "the key function");
    return this.#keyed(name, { kind: "keyBy", fn: fn as never });
  }

  collect(name: string): KeyedStream<string, T> {
    return this.#keyed(name, { kind: "collect" });
  }

  rebalance(name: string): Stream<T> {
    return this.#then(name, { kind: "rebalance" });
  }

  to<R>(first: string | ((stream: this) => R), second?: (stream: this) => R): R {
    return applyFragment(this.builder, this, first, second);
  }

  sink(name: string, sink: Sink<T>, options: SinkOptions = {}): void {
    if (typeof sink?.open !== "function") {
      throw userError("bad_sink", `sink "${name}": the second argument is no sink`);
    }
    const { connections } = options;
    if (connections !== undefined && !(Number.isInteger(connections) && connections > 0)) {
      throw userError("bad_sink", `sink "${name}": connections is ${connections}, 1 is the least`);
    }
    const spec = { kind: "sink", sink: sink as Sink<unknown> } as const;
    const full = connections === undefined ? spec : { ...spec, connections };
    this.builder.add(name, full, [this.edge]);
  }

  #then<O>(name: string, spec: StepSpec): StreamNode<O> {
    const step = this.builder.add(name, spec, [this.edge]);
    return new StreamNode<O>(this.builder, { from: step.id, output: 0 });
  }

  #keyed<K extends Key>(name: string, spec: StepSpec): KeyedStream<K, T> {
    const step = this.builder.add(name, spec, [this.edge]);
    return new KeyedNode<K, T>(this.builder, { from: step.id, output: 0 });
  }
}

/** A stream that was named before it existed. */
export class ForwardStream<T> extends StreamNode<T> {
  readonly #step: Step;

  constructor(builder: Builder, step: Step) {
    super(builder, { from: step.id, output: 0 });
    this.#step = step;
  }

  /** Gives the stream its records. Call it once. */
  from(stream: Stream<T>): void {
    const name = this.#step.name;
    if (this.#step.inputs.length > 0) {
      throw userError("bad_step", `forward "${name}" was given its stream twice: merge them first`);
    }
    this.#step.inputs.push(nodeOf(stream, name).edge);
  }
}

class KeyedNode<K extends Key, T> implements KeyedStream<K, T> {
  readonly #builder: Builder;
  readonly #edge: Edge;

  constructor(builder: Builder, edge: Edge) {
    this.#builder = builder;
    this.#edge = edge;
  }

  mapWithState<S, O>(
    name: string,
    state: StateSpec<S>,
    fn: (record: T, state: S, ctx: KeyedContext<K>) => O,
  ): Stream<Emitted<O>> {
    checkState(state, name);
    checkFunction(fn, name, "the function");
    return this.#then(name, { kind: "mapWithState", state, fn: fn as never });
  }

  flatMapWithState<S, O>(
    name: string,
    state: StateSpec<S>,
    fn: (record: T, state: S, ctx: KeyedContext<K>) => Iterable<O>,
    options: FlatMapOptions = {},
  ): Stream<O> {
    checkState(state, name);
    checkFunction(fn, name, "the function");
    const maxOutputs = outputs(options);
    return this.#then(name, { kind: "flatMapWithState", state, fn: fn as never, maxOutputs });
  }

  aggregate(name: string, given: object, options: AggregateOptions = {}): never {
    const isOne = typeof (given as { add?: unknown }).add === "function";
    const fields = isOne ? [["", given] as const] : Object.entries(given);
    if (fields.some(([field]) => field === "key")) {
      throw userError("bad_step", `step "${name}": "key" cannot be a field; it is the key`);
    }
    for (const [field, one] of fields) {
      for (const part of ["init", "add", "merge", "result"]) {
        const fn = (one as Record<string, unknown>)[part];
        checkFunction(fn, name, `${part} of the aggregation ${field}`);
      }
    }
    const emit = emitRule(options.emit ?? "each", name);
    return this.#then(name, { kind: "aggregate", fields: fields as never, emit }) as never;
  }

  to<R>(first: string | ((stream: this) => R), second?: (stream: this) => R): R {
    return applyFragment(this.#builder, this, first, second);
  }

  #then<O>(name: string, spec: StepSpec): Stream<O> {
    const step = this.#builder.add(name, spec, [this.#edge]);
    return new StreamNode<O>(this.#builder, { from: step.id, output: 0 });
  }
}

function applyFragment<S, R>(
  builder: Builder,
  stream: S,
  first: string | ((stream: S) => R),
  second?: (stream: S) => R,
): R {
  if (typeof first === "function") return first(stream);
  checkFunction(second, first, "the fragment");
  return builder.within(first, () => second!(stream));
}

/** The node behind a stream that a user hands in. */
export function nodeOf<T>(stream: Stream<T>, where: string): StreamNode<T> {
  if (stream instanceof StreamNode) return stream as StreamNode<T>;
  throw userError("bad_stream", `${where}: this is no stream (a keyed stream is not one either)`);
}

/** Refuses what `state()` did not make. */
export function checkState(state: StateSpec<unknown>, step: string): void {
  if (typeof state?.init !== "function") {
    throw userError("bad_state", `step "${step}": the second argument must be made by state()`);
  }
}

function outputs(options: FlatMapOptions): number {
  const max = options.maxOutputs ?? OUTPUTS_PER_RECORD_MAX;
  if (max > 0) return max;
  throw userError("bad_step", `maxOutputs is ${max}: 1 is the least`);
}

function emitRule(emit: "each" | "on close" | Duration, step: string): EmitRule {
  if (emit === "each" || emit === "on close") return emit;
  const everyMs = durationMs(emit, `emit of step "${step}"`);
  if (everyMs > 0) return { everyMs };
  throw userError("bad_step", `step "${step}": emit every 0 ms: use "each"`);
}
