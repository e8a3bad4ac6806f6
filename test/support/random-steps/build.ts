/** What random graphs are made of: streams with, beside each, all its records by the model. */
import type { Flow, Sink, Stream } from "../../../src/api/mod.ts";
import type { Prng } from "../../../src/base/prng.ts";
import type { MemorySink } from "../../../src/connectors/memory/mod.ts";
import type { Key } from "../../../src/model/key.ts";

/** A stream of the graph and, beside it, all its records by the model. */
export interface Node {
  readonly stream: Stream<number>;
  readonly records: readonly number[];
  readonly isOrdered: boolean;
  isUsed: boolean;
}

/** How what a sink got is compared: as a list, as a multiset, or by the last one of each key. */
export type Comparison = "list" | "multiset" | "last of each";

export interface Expected {
  readonly records: readonly number[];
  readonly as: Comparison;
}

export interface Build {
  readonly flow: Flow;
  readonly prng: Prng;
  readonly nodes: Node[];
  readonly expected: Map<string, Expected>;
  /** Of each `sinkEach`: what its targets got, and must get. */
  readonly targets: Map<
    string,
    {
      readonly got: Map<string, MemorySink<number>>;
      readonly wanted: ReadonlyMap<string, readonly number[]>;
      readonly isOrdered: boolean;
    }
  >;
  /** A sink, which the run replaces. */
  readonly sink: () => Sink<number>;
  /** Waits in the time of the run. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Adds steps of one kind behind a node. */
export interface Maker {
  /** The methods of streams that it draws. */
  readonly covers: readonly string[];
  readonly make: (build: Build, input: Node, name: string) => void;
}

export const BIG = 1_000_003;
/** Records of one stream at most, so that graphs do not explode. */
export const RECORDS_MAX = 20_000;

/** Adds a stream whose records the model knows. */
export function put(
  build: Build,
  input: Node,
  stream: Stream<number>,
  records: readonly number[],
  isOrdered = input.isOrdered,
): void {
  input.isUsed = true;
  build.nodes.push({ stream, records, isOrdered, isUsed: false });
}

/** A key function, and the text of the key as `String(key)` gives it. */
export function randomKey(prng: Prng): { keyOf: (x: number) => Key; text: (x: number) => string } {
  const by = 1 + prng.below(6);
  const kinds: readonly ((x: number) => Key)[] = [
    (x) => x % by,
    (x) => `key ${x % by}`,
    (x) => x % 2 === 0,
    (x) => [x % by, "part", x % 2 === 0],
    (x) => (x % by === 0 ? -0 : x % by),
  ];
  const keyOf = prng.pick(kinds);
  return { keyOf, text: (x) => String(keyOf(x)) };
}

/** A number that depends on both; never 0. */
export function mix(text: string, n: number): number {
  let hash = n;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % BIG;
  return hash + 1;
}

/** Calls `fn` with the state of each record's key, made by `init`: state as the model has it. */
export function perKey<S, O>(
  records: readonly number[],
  text: (x: number) => string,
  init: () => S,
  fn: (x: number, state: S, key: string, clear: () => void) => O,
): O[] {
  const states = new Map<string, S>();
  return records.map((x) => {
    const key = text(x);
    const state = states.get(key) ?? init();
    states.set(key, state);
    return fn(x, state, key, () => void states.delete(key));
  });
}
