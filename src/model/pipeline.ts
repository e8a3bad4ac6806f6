/** The graph that an app builds: steps and edges as data, functions as values. */
import type { Aggregation } from "./aggregation.ts";
import type { AsyncContext, KeyedContext, StepContext } from "./context.ts";
import type { Codec } from "./codec.ts";
import type { Key } from "./key.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";
import type { StateSpec } from "./state-spec.ts";

/** Where an input comes from: an output of another step. */
export interface Edge {
  readonly from: number;
  /** 0 is the main output; `connect` has one more per input. */
  readonly output: number;
}

export type MapFn = (record: unknown, ctx: StepContext) => unknown;
export type FlatMapFn = (record: unknown, ctx: StepContext) => Iterable<unknown>;
export type FilterFn = (record: unknown, ctx: StepContext) => boolean;
export type InspectFn = (record: unknown, ctx: StepContext) => void;
export type KeyFn = (record: unknown, ctx: StepContext) => unknown;
export type StateFn = (record: unknown, state: unknown, ctx: KeyedContext) => unknown;
export type AsyncFn = (record: unknown, ctx: AsyncContext) => Promise<unknown>;
export type TimeFn = (record: unknown, ctx: StepContext) => number;

/** When a running aggregate gives its result: for each record, at an interval, or at the end. */
export type EmitRule = "each" | "on close" | { readonly everyMs: number };

/** What follows when a step's function throws: this many calls more, then the end that is named. */
export interface ErrorPolicy {
  readonly retries: number;
  readonly then: "fail" | "skip" | "divert";
}

/** What any step that calls a user's function may have. */
export interface StepOptions {
  /** Absent: the job fails. */
  readonly onError?: ErrorPolicy;
  /** Names of side outputs, in the order of their outputs. */
  readonly sides?: readonly string[];
}

/** Somebody who looks on, of a test: is told the key of each record that a sink is given. */
export interface KeyTap {
  /** The step that keyed the records. */
  readonly keyedBy: number;
  readonly see: (key: Key) => void;
}

export interface ConnectInput {
  /** The input's name: `order`. */
  readonly name: string;
  readonly fn: StateFn;
}

/** Which workers read a source: one, so many, those of these names, or all. */
export type SourcePlace = "one" | number | readonly string[] | "every worker";

export type StepSpec =
  | {
      readonly kind: "source";
      readonly source: Source<unknown>;
      readonly time?: TimeFn;
      /** Absent: one worker. */
      readonly on?: SourcePlace;
    }
  | ({ readonly kind: "map"; readonly fn: MapFn } & StepOptions)
  | ({
      readonly kind: "flatMap";
      readonly fn: FlatMapFn;
      readonly maxOutputs: number;
    } & StepOptions)
  | ({ readonly kind: "filter"; readonly fn: FilterFn } & StepOptions)
  | ({ readonly kind: "inspect"; readonly fn: InspectFn } & StepOptions)
  /** Each record leaves at the output of the first branch whose function is true, or absent. */
  | {
      readonly kind: "branch";
      readonly branches: readonly { readonly name: string; readonly fn: FilterFn | undefined }[];
    }
  /** Input 1 changes a state that every task has a copy of; input 0 reads it. */
  | ({
      readonly kind: "broadcast";
      readonly state: StateSpec<unknown>;
      readonly fn: StateFn;
      readonly update: StateFn;
    } & StepOptions)
  | { readonly kind: "merge" }
  /** A stream named before it exists. Lets a graph be written in any order; a cycle is refused. */
  | { readonly kind: "forward" }
  | { readonly kind: "rebalance" }
  | {
      readonly kind: "keyBy";
      readonly fn: KeyFn;
      /** How records travel to other workers, when plain data is not what they are. */
      readonly codec?: Codec<unknown>;
    }
  | { readonly kind: "collect" }
  /** Input i is keyed by `keys[i]` and leaves at output i. */
  | {
      readonly kind: "connectKeyBy";
      readonly keys: readonly { readonly name: string; readonly fn: KeyFn }[];
    }
  | ({
      readonly kind: "mapWithState";
      readonly state: StateSpec<unknown>;
      readonly fn: StateFn;
    } & StepOptions)
  | ({
      readonly kind: "flatMapWithState";
      readonly state: StateSpec<unknown>;
      readonly fn: StateFn;
      readonly maxOutputs: number;
    } & StepOptions)
  /** Input i is handled by `inputs[i]`; its results leave at output 0 and at output i + 1. */
  | ({
      readonly kind: "connect";
      readonly state: StateSpec<unknown>;
      readonly inputs: readonly ConnectInput[];
    } & StepOptions)
  | {
      readonly kind: "aggregate";
      /** One field named "" is a single aggregation, whose result is the field `value`. */
      readonly fields: readonly (readonly [string, Aggregation<unknown, unknown, unknown>])[];
      readonly emit: EmitRule;
    }
  | ({
      readonly kind: "asyncMap";
      readonly fn: AsyncFn;
      readonly concurrency: number;
      readonly isOrdered: boolean;
      readonly timeoutMs: number;
      /** Attempts after the first, and the waits between them. */
      readonly retries: number;
      readonly firstMs: number;
      readonly maxMs: number;
      readonly id?: (record: never) => string;
    } & StepOptions)
  | {
      readonly kind: "sink";
      readonly sink: Sink<unknown>;
      readonly connections: number;
      /** Nobody said how many: each task that writes has its own. */
      readonly isPerTask?: boolean;
      /** Which connection a record takes: equal keys take the same. */
      readonly by?: (record: unknown) => Key;
      readonly tap?: KeyTap;
    }
  /** A sink for each target that the records name. */
  | {
      readonly kind: "sinkEach";
      readonly target: (record: unknown, ctx: StepContext) => string;
      readonly make: (target: string) => Sink<unknown>;
      readonly max: number;
      readonly idleMs: number;
    };

/** Whether a stream ends there. */
export function isSink(spec: StepSpec): boolean {
  return spec.kind === "sink" || spec.kind === "sinkEach";
}

/** What a sink made by the data is, for people. */
export function eachText({ max }: Extract<StepSpec, { kind: "sinkEach" }>): string {
  return `a sink for each target, ${max} open at most`;
}

/** Outputs before those of sides and of what is diverted: they come behind, in this order. */
export function mainOutputs(spec: StepSpec): number {
  switch (spec.kind) {
    case "connect":
      return spec.inputs.length + 1;
    case "connectKeyBy":
      return spec.keys.length;
    case "branch":
      return spec.branches.length;
    case "sink":
    case "sinkEach":
      return 0;
    default:
      return 1;
  }
}

/** All outputs of a step, whether anybody takes them or not. */
export function outputCount(spec: StepSpec): number {
  const { sides, onError } = spec as StepOptions;
  return mainOutputs(spec) + (sides?.length ?? 0) + (onError?.then === "divert" ? 1 : 0);
}

export type StepKind = StepSpec["kind"];

export interface Step {
  /** Its place in `Pipeline.steps`. */
  readonly id: number;
  /** Empty for `merge`, which has no name. */
  readonly name: string;
  readonly spec: StepSpec;
  /** Filled by `forward` after the step was made, hence not readonly. */
  inputs: Edge[];
  /** Where the app made it: `app.ts:12`, for messages. */
  readonly at: string;
}

export interface Pipeline {
  readonly app: string;
  readonly steps: readonly Step[];
}
