/** Several inputs, each with its own key function, that share one state. */
import { userError } from "../base/errors.ts";
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { Edge, KeyFn, StateFn } from "../model/pipeline.ts";
import { type Builder, checkFunction } from "./builder.ts";
import type { Emitted } from "./plain.ts";
import { oneState, type StateArg, type StateOf } from "./state.ts";
import {
  type KeyedContextOf,
  type NoSides,
  type OnError,
  type Sides,
  specOptions,
  type StepOptions,
  withOutputs,
} from "./step-options.ts";
import type { Stream, WithOutputs } from "./stream.ts";
import { nodeOf, streamOf } from "./stream-node.ts";

// `any` only as a constraint, never in a result.
type Inputs = Record<string, Stream<any>>;

/** `{ order: Stream<Order> }` to `{ order: Order }`. */
export type Tagged<M extends Inputs> = {
  [G in keyof M]: M[G] extends Stream<infer T> ? T : never;
};

/** One handler per input; all share the state of the key. */
export type Handlers<I, S, K extends Key, D extends Sides> = {
  [G in keyof I]: (record: I[G], state: S, ctx: KeyedContextOf<K, D>) => unknown;
};

/** What any of the handlers returns. */
export type ReturnsOf<H> = {
  [G in keyof H]: H[G] extends (...parameters: never) => infer O ? O : never;
}[keyof H];

/** What the handlers returned: as one stream, and as one stream per input. */
export type ConnectedStream<H> = Stream<Emitted<ReturnsOf<H>>> & {
  readonly on: {
    readonly [G in keyof H]: H[G] extends (...parameters: never) => infer O
      ? Stream<Emitted<O>>
      : never;
  };
};

/** Inputs that were named, not yet keyed. */
export interface Connected<I extends Record<string, unknown>> {
  /** Brings records of one key together, whichever input they come from. */
  keyBy<K extends Key>(
    name: string,
    keys: { [G in keyof I]: (record: I[G], ctx: StepContext) => K },
  ): KeyedConnected<K, I>;
}

/** Inputs that were keyed, each by its own function. */
export interface KeyedConnected<K extends Key, I extends Record<string, unknown>> {
  /** One handler per input. The result is one stream of everything; `.on.order` is one input's. */
  withState<
    X extends StateArg,
    H extends Handlers<I, StateOf<X>, K, D>,
    D extends Sides = NoSides,
    E extends OnError = "fail",
  >(
    name: string,
    state: X,
    on: H & Handlers<I, StateOf<X>, K, D>,
    options?: StepOptions<D, E>,
  ): WithOutputs<ConnectedStream<H>, I[keyof I], D, E>;
}

/**
 * Joins streams of different types at one state. No order is defined between the inputs; feed an
 * app whose result depends on it in phases.
 *
 * @example
 * connect({ order: orders, quote: quotes })
 *   .keyBy("symbol", { order: (o) => o.symbol, quote: (q) => q.symbol })
 *   .withState("check", market, { order: (o, m) => (m.halted ? o : undefined), quote: update });
 */
export function connect<M extends Inputs>(inputs: M): Connected<Tagged<M>> {
  const names = Object.keys(inputs);
  if (names.length === 0) throw userError("bad_step", "connect({}) has no inputs");
  const nodes = names.map((name) => nodeOf(inputs[name]!, `connect input "${name}"`));
  const builder = nodes[0]!.builder;
  if (nodes.some((node) => node.builder !== builder)) {
    throw userError("other_app", "connect: a stream belongs to another app");
  }
  const edges = nodes.map((node) => node.edge);
  return {
    keyBy: <K extends Key>(name: string, keys: object) =>
      keyConnected<K, Tagged<M>>(builder, names, edges, name, keys),
  };
}

function keyConnected<K extends Key, I extends Record<string, unknown>>(
  builder: Builder,
  names: readonly string[],
  edges: readonly Edge[],
  name: string,
  keys: object,
): KeyedConnected<K, I> {
  const fns = byName(names, keys, name, "the key function");
  const keyed = builder.add(name, { kind: "connectKeyBy", keys: fns as never }, edges);
  return {
    withState(step, given, on, options = {}) {
      const state = oneState(given, step);
      const handlers = byName(names, on, step, "the handler");
      const more = specOptions(step, options);
      const spec = { kind: "connect", state, inputs: handlers as never, ...more } as const;
      const outputs = names.map((_, i) => ({ from: keyed.id, output: i }));
      const added = builder.add(step, spec, outputs);
      const node = (output: number) => streamOf(builder, { from: added.id, output });
      const perInput = Object.fromEntries(names.map((input, i) => [input, node(i + 1)]));
      return withOutputs(added, Object.assign(node(0), { on: perInput }), node);
    },
  };
}

function byName(
  names: readonly string[],
  handlers: object,
  step: string,
  what: string,
): { name: string; fn: KeyFn | StateFn }[] {
  const given = handlers as Record<string, unknown>;
  const strange = Object.keys(given).filter((name) => !names.includes(name));
  if (strange.length > 0) {
    const known = names.join(", ");
    throw userError("bad_step", `step "${step}": no input "${strange[0]}"; there are: ${known}`);
  }
  return names.map((name) => {
    checkFunction(given[name], step, `${what} of input "${name}"`);
    // A method keeps its `this`, so that handlers written in one object can call each other.
    const fn = given[name] as KeyFn;
    return { name, fn: usesThis(fn) ? fn.bind(given) : fn };
  });
}

/** Binding costs inlining, so it is done only where `this` is named. */
function usesThis(fn: unknown): boolean {
  return /\bthis\b/.test(Function.prototype.toString.call(fn));
}
