/** Streams as users see them: what can be chained, with what types. */
import type { Duration } from "../base/duration.ts";
import type { Aggregation } from "../model/aggregation.ts";
import type { AsyncContext, StepContext } from "../model/context.ts";
import type { Diverted } from "../model/diverted.ts";
import type { Key } from "../model/key.ts";
import type { Codec } from "../model/codec.ts";
import type { Sink } from "../model/sink.ts";
import type { Aggregated } from "./aggregate.ts";
import type { otherwise, Predicates } from "./branch.ts";
import type { Emitted, PlainData } from "./plain.ts";
import type { StateArg, StateOf } from "./state.ts";
import type {
  ContextOf,
  Ending,
  KeyedContextOf,
  NoSides,
  OnError,
  Retry,
  Sides,
  SideValues,
  StepOptions,
} from "./step-options.ts";

/** Options of a step with many outputs. */
export interface FlatMapOptions<D extends Sides, E extends OnError> extends StepOptions<D, E> {
  /** Outputs that one record may give, 1,000,000 by default: one more ends the job. */
  readonly maxOutputs?: number;
}

/** Options of `asyncMap`. */
export interface AsyncMapOptions<T, E extends Ending> {
  /** Calls that may be under way at a time; the input waits for more. Default 64. */
  readonly concurrency?: number;
  /** Results in the order of the records (the default), or as they come. */
  readonly ordered?: boolean;
  /** A call that takes longer has failed; its signal is aborted. Default 30 s. */
  readonly timeout?: Duration;
  /** Attempts after the first, with a growing wait between them. Default: none. */
  readonly retry?: {
    readonly times: number;
    readonly first?: Duration;
    readonly max?: Duration;
  };
  /** The end of a record whose last attempt failed. */
  readonly onError?: E;
  /** The idempotency key of a call; by default a hash of job, step and record. */
  readonly id?: (record: T) => string;
}

/** Options of a sink step. */
export interface SinkOptions<T> {
  /** How many connections (or files) the sink has in the whole cluster. Without it, one for each
   *  task that writes, which is one where the job has one worker; and one in all where a sink can
   *  have no more. */
  readonly connections?: number;
  /** With several connections: records of one key take the same one, in order. */
  readonly by?: (record: T) => Key;
}

/** Options of `sinkEach`. */
export interface SinkEachOptions {
  /** Targets open at a time; at the limit one that is idle makes room, or the input waits. */
  readonly max?: number;
  /** A target without records for so long is closed. Default 1 minute. */
  readonly idle?: Duration;
}

/** Options of `aggregate`. */
export interface AggregateOptions {
  /**
   * When results are given: for each record (the default), at an interval for the keys that
   * changed, or once, when the input ends. The last value of a key counts; there are no
   * retractions.
   */
  readonly emit?: "each" | "on close" | Duration;
}

/** Handlers of a stream with broadcast state. */
export interface BroadcastHandlers<T, R, S, O, C> {
  /** Reads the state for a record. */
  record(record: T, state: Readonly<S>, ctx: C): O;
  /** Changes the state by a record of the broadcast stream. */
  update(record: R, state: S, ctx: StepContext): void;
}

/** Records of one type. Immutable once emitted. A value: use it as often as you like. */
export interface Stream<T> {
  /** One record for each; `undefined` means nothing and leaves the type. */
  map<O, D extends Sides = NoSides, E extends OnError = "fail">(
    name: string,
    fn: (record: T, ctx: ContextOf<D>) => O,
    options?: StepOptions<D, E>,
  ): WithOutputs<Stream<Emitted<O>>, T, D, E>;
  /** Any number of records for each: an array, or any iterable (read lazily, in slices). */
  flatMap<O, D extends Sides = NoSides, E extends OnError = "fail">(
    name: string,
    fn: (record: T, ctx: ContextOf<D>) => Iterable<O>,
    options?: FlatMapOptions<D, E>,
  ): WithOutputs<Stream<O>, T, D, E>;
  /** Keeps the records for which `fn` is true. A type guard narrows the stream. */
  filter<U extends T, E extends OnError = "fail">(
    name: string,
    fn: (record: T, ctx: StepContext) => record is U,
    options?: StepOptions<NoSides, E>,
  ): WithOutputs<Stream<U>, T, NoSides, E>;
  filter<E extends OnError = "fail">(
    name: string,
    fn: (record: T, ctx: StepContext) => boolean,
    options?: StepOptions<NoSides, E>,
  ): WithOutputs<Stream<T>, T, NoSides, E>;
  /** Sees every record and changes nothing. */
  inspect<E extends OnError = "fail">(
    name: string,
    fn: (record: T, ctx: StepContext) => void,
    options?: StepOptions<NoSides, E>,
  ): WithOutputs<Stream<T>, T, NoSides, E>;
  /**
   * Each record to the first branch whose function is true; `otherwise` takes the rest. A record
   * that no branch takes is dropped.
   *
   * @example
   * const { vip, rest } = orders.branch("kind", { vip: (o) => o.total > 1000, rest: otherwise });
   */
  branch<B extends Predicates<T>>(name: string, branches: B): Branches<T, B>;
  /**
   * Waits for the outside without holding up the loop: up to `concurrency` calls are under way,
   * more than that holds the input. Calls are at least once; `ctx.id` is the same for the same
   * record.
   */
  asyncMap<O, E extends Ending = "fail">(
    name: string,
    fn: (record: T, ctx: AsyncContext) => Promise<O>,
    options?: AsyncMapOptions<T, E>,
  ): WithOutputs<Stream<Emitted<O>>, T, NoSides, E>;
  /** The records of both. No order is defined between the two. */
  merge(other: Stream<T>): Stream<T>;
  /**
   * A state that every task has whole: `rules` change it, records read it. No order is defined
   * between the two.
   */
  withBroadcast<R, X extends StateArg, O, D extends Sides = NoSides, E extends OnError = "fail">(
    name: string,
    rules: Stream<R>,
    state: X,
    on: BroadcastHandlers<T, R, StateOf<X>, O, ContextOf<D>>,
    options?: StepOptions<D, E>,
  ): WithOutputs<Stream<Emitted<O>>, T, D, E>;
  /** Brings all records of one key together; only a keyed stream can hold state. */
  keyBy<K extends Key>(
    name: string,
    fn: ((record: T, ctx: StepContext) => K) & PlainData<T>,
  ): KeyedStream<K, T>;
  /** With a codec of your own, for records that are not plain data and travel between workers. */
  keyBy<K extends Key>(
    name: string,
    fn: (record: T, ctx: StepContext) => K,
    options: { readonly codec: Codec<T> },
  ): KeyedStream<K, T>;
  /** Everything to one task, as if it had one key: the empty string. */
  collect(name: string): KeyedStream<string, T>;
  /** Spreads the records evenly over all workers; order is not kept. */
  rebalance(name: string): Stream<T>;
  /** Applies a reusable part of a graph. With a name, its steps are called `name/step`. */
  to<R>(fragment: (stream: this) => R): R;
  to<R>(name: string, fragment: (stream: this) => R): R;
  /** Ends here. A stream may have several sinks. */
  sink(name: string, sink: Sink<T>, options?: SinkOptions<T>): void;
  /**
   * A sink for each target that the records name, made when its first record comes. A name is a
   * text of 1 to 200 characters. At most `max` targets are open: another one waits until the one
   * that was used least recently is closed, which for sinks that commit is after a commit. Records
   * of a target keep their order, also over a close and the next opening.
   *
   * A slow target holds up only itself, until 4,096 of its records wait; then the input waits. So
   * does it while 4,096 records wait for targets that are not open. A target whose sink cannot be
   * made or opened ends the job; one that commits and does not answer holds up the commits of all.
   *
   * @example
   * orders.sinkEach("out", (o) => o.customer, (c) => file.write({ path: `out/${c}`, encode }));
   */
  sinkEach(
    name: string,
    target: (record: T, ctx: StepContext) => string,
    make: (target: string) => Sink<T>,
    options?: SinkEachOptions,
  ): void;
}

/** Records by key: what state belongs to. */
export interface KeyedStream<K extends Key, T> {
  /**
   * One record for each, with the key's state, which is changed in place. Several states are given
   * by name: `{ cart: state(...), seen: mapState() }`.
   */
  mapWithState<X extends StateArg, O, D extends Sides = NoSides, E extends OnError = "fail">(
    name: string,
    state: X,
    fn: (record: T, state: StateOf<X>, ctx: KeyedContextOf<K, D>) => O,
    options?: StepOptions<D, E>,
  ): WithOutputs<Stream<Emitted<O>>, T, D, E>;
  /** Any number of records for each. */
  flatMapWithState<X extends StateArg, O, D extends Sides = NoSides, E extends OnError = "fail">(
    name: string,
    state: X,
    fn: (record: T, state: StateOf<X>, ctx: KeyedContextOf<K, D>) => Iterable<O>,
    options?: FlatMapOptions<D, E>,
  ): WithOutputs<Stream<O>, T, D, E>;
  /**
   * A running aggregate by field, `{ n: count(), total: sum((o) => o.price) }`, or a single
   * aggregation, whose result is the field `value`.
   */
  aggregate<M extends Record<string, Aggregation<T, any, any>>, A = never, O = never>(
    name: string,
    what: Aggregation<T, A, O> | M,
    options?: AggregateOptions,
  ): Stream<Aggregated<K, M, A, O>>;
  to<R>(fragment: (stream: this) => R): R;
  to<R>(name: string, fragment: (stream: this) => R): R;
}

/** A stream that was named before it existed. */
export interface ForwardStream<T> extends Stream<T> {
  /** Gives the stream its records. Call it once. */
  from(stream: Stream<T>): void;
}

type SidePart<D extends Sides> = [keyof D] extends [never]
  ? unknown
  : { readonly side: { readonly [Name in keyof D]: Stream<SideValues<D>[Name]> } };

type DivertedPart<T, E> = "divert" extends E
  ? { readonly diverted: Stream<Diverted<T>> }
  : E extends Retry<"divert">
    ? { readonly diverted: Stream<Diverted<T>> }
    : unknown;

/** A main output S, with the side outputs and the diverted inputs that the options declare. */
export type WithOutputs<S, T, D extends Sides, E extends OnError> = S &
  SidePart<D> &
  DivertedPart<T, E>;

/** What the type guards among the branches take. */
type Guarded<T, B> = {
  [Name in keyof B]: B[Name] extends (record: any, ...rest: any[]) => record is infer U
    ? Extract<U, T>
    : never;
}[keyof B];

/** One stream per branch, narrowed by type guards; `otherwise` has what they leave. */
export type Branches<T, B> = {
  readonly [Name in keyof B]: B[Name] extends typeof otherwise
    ? Stream<Exclude<T, Guarded<T, B>>>
    : B[Name] extends (record: any, ...rest: any[]) => record is infer U
      ? Stream<U & T>
      : Stream<T>;
};
