/**
 * Random graphs of up to 12 steps, and a sequential model of each: whole streams as arrays, one
 * step after the other, sharing nothing with the engine. Functions are chosen so that no result
 * depends on the order between two inputs; where a stream has one path only, its order counts too.
 */
import { app, connect, count, max, state, sum, type App, type Stream } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { memory } from "../../src/connectors/memory/mod.ts";
import type { Key } from "../../src/model/key.ts";

export interface RandomGraph {
  readonly app: App;
  /** What each sink must get, and whether in this order. */
  readonly expected: ReadonlyMap<
    string,
    { readonly records: readonly number[]; isOrdered: boolean }
  >;
  /** For a failure: what the graph is made of, once it was built. */
  readonly text: string;
}

/** A stream of the graph and, beside it, all its records by the model. */
interface Node {
  readonly stream: Stream<number>;
  readonly records: readonly number[];
  readonly isOrdered: boolean;
  isUsed: boolean;
}

interface Build {
  readonly prng: Prng;
  readonly nodes: Node[];
  readonly lines: string[];
  steps: number;
}

const BIG = 1_000_003;

/** Makes the graph of a seed. The same seed gives the same graph. */
export function randomGraph(seed: number, recordsMax = 40): RandomGraph {
  const expected = new Map<string, { records: readonly number[]; isOrdered: boolean }>();
  const lines: string[] = [];
  const graph = app("random", (flow) => {
    expected.clear();
    lines.length = 0;
    const prng = new Prng(seed);
    const build: Build = { prng, nodes: [], lines, steps: 0 };
    const sources = 1 + prng.below(3);
    for (let i = 0; i < sources; i++) {
      const records = Array.from({ length: prng.below(recordsMax) }, () => prng.below(1000));
      const batch = 1 + prng.below(20);
      const stream = flow.source(`source ${i}`, memory.source(records, { batch }));
      build.nodes.push({ stream, records, isOrdered: true, isUsed: false });
      lines.push(`source ${i}: ${records.length} records by ${batch}`);
    }
    const steps = 1 + prng.below(12 - sources);
    for (let i = 0; i < steps; i++) addStep(build);
    const ends = build.nodes.filter((node) => !node.isUsed || prng.below(8) === 0);
    ends.forEach((node, i) => {
      const name = `sink ${i}`;
      node.stream.sink(name, memory.sink<number>().sink);
      expected.set(name, { records: node.records, isOrdered: node.isOrdered });
    });
  });
  return {
    app: graph,
    expected,
    get text() {
      return lines.join("\n");
    },
  };
}

type Make = (build: Build, input: Node, name: string) => void;

const MAKERS: Readonly<Record<string, Make>> = {
  map(build, input, name) {
    const a = 1 + build.prng.below(9);
    const drop = 2 + build.prng.below(9);
    const fn = (x: number) => (x % drop === 0 ? undefined : (x * a + 1) % BIG);
    const records = input.records.map(fn).filter((x) => x !== undefined);
    put(build, input, input.stream.map(name, fn), records);
  },
  filter(build, input, name) {
    const by = 2 + build.prng.below(5);
    const fn = (x: number) => x % by !== 0;
    put(build, input, input.stream.filter(name, fn), input.records.filter(fn));
  },
  inspect(build, input, name) {
    const seen: number[] = [];
    put(
      build,
      input,
      input.stream.inspect(name, (x) => void seen.push(x)),
      input.records,
    );
  },
  flatMap(build, input, name) {
    const isLazy = build.prng.below(2) === 0;
    const large = build.prng.below(4) === 0 ? 200 : 5;
    const fn = (x: number) => Array.from({ length: x % large }, (_, i) => (x + i) % BIG);
    const lazy = function* (x: number) {
      yield* fn(x);
    };
    const records = input.records.flatMap(fn);
    if (records.length > 20_000) return;
    put(build, input, input.stream.flatMap(name, isLazy ? lazy : fn), records);
  },
  merge(build, input) {
    const other = build.prng.pick(build.nodes);
    if (input.records.length + other.records.length > 20_000) return;
    other.isUsed = true;
    const records = [...input.records, ...other.records];
    put(build, input, input.stream.merge(other.stream), records, false);
  },
  rebalance(build, input, name) {
    put(build, input, input.stream.rebalance(name), input.records);
  },
  fragment(build, input, name) {
    const stream = input.stream.to(name, (s) => s.map("in", (x) => x + 1).map("out", (x) => x + 1));
    put(
      build,
      input,
      stream,
      input.records.map((x) => x + 2),
    );
  },
  mapWithState(build, input, name) {
    const { keyOf, text } = randomKey(build.prng);
    const keyed = input.stream.keyBy(`${name} key`, keyOf);
    const stream = keyed.mapWithState(
      name,
      state(() => ({ n: 0 })),
      (_, s, ctx) => {
        s.n++;
        return s.n % 5 === 0 ? undefined : mix(String(ctx.key), s.n);
      },
    );
    const records = runningCounts(input.records, text).filter((_, i, all) => all[i] !== 0);
    put(build, input, stream, records);
  },
  flatMapWithState(build, input, name) {
    const { keyOf, text } = randomKey(build.prng);
    const keyed = input.stream.keyBy(`${name} key`, keyOf);
    const stream = keyed.flatMapWithState(
      name,
      state(() => ({ n: 0 })),
      function* (_, s, ctx) {
        const n = ++s.n;
        for (let i = 0; i < n % 3; i++) yield mix(String(ctx.key), n * 3 + i);
      },
    );
    const seen = new Map<string, number>();
    const records = input.records.flatMap((x) => {
      const key = text(x);
      const n = (seen.get(key) ?? 0) + 1;
      seen.set(key, n);
      return Array.from({ length: n % 3 }, (_, i) => mix(key, n * 3 + i));
    });
    put(build, input, stream, records);
  },
  collect(build, input, name) {
    const keyed = input.stream.collect(`${name} key`);
    const stream = keyed.mapWithState(
      name,
      state(() => ({ n: 0 })),
      (_, s) => ++s.n,
    );
    put(
      build,
      input,
      stream,
      input.records.map((_, i) => i + 1),
    );
  },
  aggregate(build, input, name) {
    const { keyOf, text } = randomKey(build.prng);
    const keyed = input.stream.keyBy(`${name} key`, keyOf);
    const result = keyed
      .aggregate(name, { n: count(), t: sum((x) => x), m: max((x) => x) }, { emit: "on close" })
      .map(`${name} text`, (r) => (mix(String(r.key), r.n) + r.t + r.m) % BIG);
    const groups = new Map<string, number[]>();
    for (const x of input.records) groups.set(text(x), [...(groups.get(text(x)) ?? []), x]);
    const records = [...groups].map(([key, xs]) => {
      const total = xs.reduce((a, b) => a + b, 0);
      return (mix(key, xs.length) + total + Math.max(...xs)) % BIG;
    });
    put(build, input, result, records, false);
  },
  connect(build, input, name) {
    const other = build.prng.pick(build.nodes);
    other.isUsed = true;
    const by = 2 + build.prng.below(7);
    const keys = { a: (x: number) => x % by, b: (x: number) => (x * 7) % by };
    const spec = state((key: Key) => ({ key, a: 0, b: 0 }));
    const both = connect({ a: input.stream, b: other.stream })
      .keyBy(`${name} key`, keys)
      .withState(name, spec, {
        a: (_, s) => mix(`a${String(s.key)}`, ++s.a),
        b: (_, s, ctx) => mix(`b${ctx.key}`, ++s.b),
      });
    const countsOf = (side: "a" | "b", records: readonly number[]) => {
      const seen = new Map<number, number>();
      return records.map((x) => {
        const key = keys[side](x);
        seen.set(key, (seen.get(key) ?? 0) + 1);
        return mix(`${side}${key}`, seen.get(key)!);
      });
    };
    const fromA = countsOf("a", input.records);
    const fromB = countsOf("b", other.records);
    put(build, input, both, [...fromA, ...fromB], false);
    if (build.prng.below(2) === 0) {
      const { stream } = { stream: both.on.a };
      put(build, input, stream, fromA);
      put(build, { ...other }, both.on.b, fromB);
    }
  },
};

/** The kinds of steps that the generator draws. */
export const STEP_KINDS: readonly string[] = Object.keys(MAKERS);

function addStep(build: Build): void {
  const kind = build.prng.pick(STEP_KINDS);
  const input = build.prng.pick(build.nodes);
  const name = `${kind} ${build.steps++}`;
  build.lines.push(`${name} of node ${build.nodes.indexOf(input)}`);
  MAKERS[kind]!(build, input, name);
}

function put(
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
function randomKey(prng: Prng): { keyOf: (x: number) => Key; text: (x: number) => string } {
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

function runningCounts(records: readonly number[], text: (x: number) => string): number[] {
  const seen = new Map<string, number>();
  return records.map((x) => {
    const n = (seen.get(text(x)) ?? 0) + 1;
    seen.set(text(x), n);
    return n % 5 === 0 ? 0 : mix(text(x), n);
  });
}

/** A number that depends on both; never 0. */
function mix(text: string, n: number): number {
  let hash = n;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % BIG;
  return hash + 1;
}

/** Compares what came out with the model; the first difference as a text. */
export function differenceOf(
  graph: RandomGraph,
  sinks: Readonly<Record<string, readonly unknown[]>>,
): string | undefined {
  for (const [name, { records, isOrdered }] of graph.expected) {
    const got = (sinks[name] ?? []) as readonly number[];
    const order = (list: readonly number[]) => (isOrdered ? [...list] : [...list].sort(byValue));
    const [a, b] = [order(got), order(records)];
    const at = a.findIndex((x, i) => x !== b[i]);
    if (a.length === b.length && at === -1) continue;
    const what = isOrdered ? "in order" : "as a multiset";
    return `${name} (${what}): ${a.length} records, the model ${b.length}; first at ${at}: ${
      a[at]
    } instead of ${b[at]}`;
  }
  return undefined;
}

function byValue(a: number, b: number): number {
  return a - b;
}
