/** The nodes behind `Stream`: each method adds one step to the builder. */
import { durationMs } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import { OUTPUTS_PER_RECORD_MAX, SINK_CONNECTIONS_MAX, SINK_TARGETS_MAX } from "../model/limits.ts";
import type { Codec } from "../model/codec.ts";
import type { Edge, Step, StepSpec } from "../model/pipeline.ts";
import type { Sink } from "../model/sink.ts";
import { asyncSpec } from "./async-options.ts";
import { branchList } from "./branch.ts";
import { applyFragment, type Builder, checkFunction } from "./builder.ts";
import { KeyedNode } from "./keyed-node.ts";
import { oneState, type StateArg } from "./state.ts";
import { type OnError, type Sides, specOptions, withOutputs } from "./step-options.ts";
import type {
  AsyncMapOptions,
  KeyedStream,
  SinkEachOptions,
  SinkOptions,
  Stream,
} from "./stream.ts";

type Fn = (...parameters: never[]) => unknown;

interface Options {
  readonly onError?: OnError;
  readonly side?: Sides;
  readonly maxOutputs?: number;
}

/** A stream's node. Its methods are typed by `Stream`, as which it is handed out. */
export class StreamNode {
  readonly builder: Builder;
  readonly edge: Edge;

  constructor(builder: Builder, edge: Edge) {
    this.builder = builder;
    this.edge = edge;
  }

  map(name: string, fn: Fn, options: Options = {}): never {
    checkFunction(fn, name, "the function");
    return this.#add(name, { kind: "map", fn: fn as never, ...specOptions(name, options) });
  }

  flatMap(name: string, fn: Fn, options: Options = {}): never {
    checkFunction(fn, name, "the function");
    const maxOutputs = checkOutputs(options.maxOutputs, name);
    const more = specOptions(name, options);
    return this.#add(name, { kind: "flatMap", fn: fn as never, maxOutputs, ...more });
  }

  filter(name: string, fn: Fn, options: Options = {}): never {
    checkFunction(fn, name, "the function");
    return this.#add(name, { kind: "filter", fn: fn as never, ...specOptions(name, options) });
  }

  inspect(name: string, fn: Fn, options: Options = {}): never {
    checkFunction(fn, name, "the function");
    return this.#add(name, { kind: "inspect", fn: fn as never, ...specOptions(name, options) });
  }

  branch(name: string, given: Record<string, unknown>): never {
    const branches = branchList(name, given);
    const step = this.builder.add(name, { kind: "branch", branches }, [this.edge]);
    const streams = branches.map((one, i) => [one.name, this.#stream(step, i)]);
    return Object.fromEntries(streams) as never;
  }

  asyncMap(name: string, fn: Fn, options: AsyncMapOptions<never, "fail"> = {}): never {
    checkFunction(fn, name, "the function");
    return this.#add(name, asyncSpec(name, fn as never, options));
  }

  merge(other: Stream<never>): never {
    const second = this.#sibling(other, "merge");
    const step = this.builder.add("", { kind: "merge" }, [this.edge, second.edge]);
    return this.#stream(step, 0) as never;
  }

  withBroadcast(
    name: string,
    rules: Stream<never>,
    given: StateArg,
    on: { readonly record: Fn; readonly update: Fn },
    options: Options = {},
  ): never {
    const second = this.#sibling(rules, name);
    const state = oneState(given, name);
    checkFunction(on?.record, name, "record");
    checkFunction(on.update, name, "update");
    const fn = on.record.bind(on) as never;
    const update = on.update.bind(on) as never;
    const spec = { kind: "broadcast", state, fn, update, ...specOptions(name, options) } as const;
    const step = this.builder.add(name, spec, [this.edge, second.edge]);
    return withOutputs(step, this.#stream(step, 0), (output) => this.#stream(step, output));
  }

  keyBy(
    name: string,
    fn: Fn,
    options: { readonly codec?: Codec<never> } = {},
  ): KeyedStream<never, never> {
    checkFunction(fn, name, "the key function");
    const { codec } = options;
    if (codec === undefined) return this.#keyed(name, { kind: "keyBy", fn: fn as never });
    for (const part of ["encode", "decode"] as const) {
      checkFunction(codec[part], name, `${part} of the codec`);
    }
    return this.#keyed(name, { kind: "keyBy", fn: fn as never, codec });
  }

  collect(name: string): KeyedStream<never, never> {
    return this.#keyed(name, { kind: "collect" });
  }

  rebalance(name: string): never {
    return this.#add(name, { kind: "rebalance" });
  }

  to<R>(first: string | ((stream: this) => R), second?: (stream: this) => R): R {
    return applyFragment(this.builder, this, first, second);
  }

  sink(name: string, sink: Sink<never>, options: SinkOptions<never> = {}): void {
    checkSink(sink, name);
    const { connections = 1, by } = options;
    if (!(
      Number.isInteger(connections) &&
      connections > 0 &&
      connections <= SINK_CONNECTIONS_MAX
    )) {
      const limits = `give 1 to ${SINK_CONNECTIONS_MAX}`;
      throw userError("bad_sink", `sink "${name}": connections is ${connections}: ${limits}`);
    }
    if (sink.oneWriter !== undefined && connections > 1) {
      const text = `connections is ${connections}: ${sink.oneWriter}`;
      throw userError("bad_sink", `sink "${name}": ${text}`);
    }
    if (by !== undefined) checkFunction(by, name, "by");
    const isPerTask = options.connections === undefined && sink.oneWriter === undefined;
    const spec = { kind: "sink", sink: sink as Sink<unknown>, connections, isPerTask } as const;
    this.builder.add(name, by === undefined ? spec : { ...spec, by: by as never }, [this.edge]);
  }

  sinkEach(name: string, target: Fn, make: Fn, options: SinkEachOptions = {}): void {
    checkFunction(target, name, "the function that names the target");
    checkFunction(make, name, "the function that makes a sink");
    const { max = SINK_TARGETS_MAX, idle = "1m" } = options;
    if (!(Number.isInteger(max) && max > 0 && max <= SINK_TARGETS_MAX)) {
      throw userError("bad_sink", `sink "${name}": max is ${max}: give 1 to ${SINK_TARGETS_MAX}`);
    }
    const idleMs = durationMs(idle, `idle of sink "${name}"`);
    const fns = { target: target as never, make: make as never };
    this.builder.add(name, { kind: "sinkEach", ...fns, max, idleMs }, [this.edge]);
  }

  /** Gives a forward stream its records. */
  from(stream: Stream<never>): void {
    const step = this.builder.steps[this.edge.from]!;
    if (step.spec.kind !== "forward") {
      throw userError("bad_step", `from(): the stream after "${step.name}" is no forward stream`);
    }
    if (step.inputs.length > 0) {
      throw userError(
        "bad_step",
        `forward "${step.name}" was given its stream twice: merge them first`,
      );
    }
    step.inputs.push(nodeOf(stream, step.name).edge);
  }

  #add(name: string, spec: StepSpec): never {
    const step = this.builder.add(name, spec, [this.edge]);
    return withOutputs(step, this.#stream(step, 0), (output) => this.#stream(step, output));
  }

  #stream(step: Step, output: number): Stream<never> {
    return streamOf(this.builder, { from: step.id, output });
  }

  #keyed(name: string, spec: StepSpec): KeyedStream<never, never> {
    const step = this.builder.add(name, spec, [this.edge]);
    const edge = { from: step.id, output: 0 };
    return new KeyedNode(this.builder, edge, streamOf) as never;
  }

  #sibling(other: Stream<never>, where: string): StreamNode {
    const node = nodeOf(other, where);
    if (node.builder === this.builder) return node;
    throw userError("other_app", `${where}: the other stream belongs to another app`);
  }
}

/** A stream of an edge, as users see it. */
export function streamOf(builder: Builder, edge: Edge): Stream<never> {
  return new StreamNode(builder, edge) as unknown as Stream<never>;
}

/** The node behind a stream that a user hands in. */
export function nodeOf(stream: Stream<never> | Stream<unknown>, where: string): StreamNode {
  const given: unknown = stream;
  if (given instanceof StreamNode) return given;
  throw userError("bad_stream", `${where}: this is no stream (a keyed stream is not one either)`);
}

/** The most outputs of one record. */
export function checkOutputs(max: number = OUTPUTS_PER_RECORD_MAX, step: string): number {
  if (max > 0) return max;
  throw userError("bad_step", `step "${step}": maxOutputs is ${max}: 1 is the least`);
}

function checkSink(sink: Sink<never>, name: string): void {
  if (typeof sink?.open === "function") return;
  throw userError("bad_sink", `sink "${name}": the second argument is no sink`);
}
