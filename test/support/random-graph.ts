/**
 * Random graphs of up to 12 steps, and a sequential model of each: whole streams as arrays, one
 * step after the other, sharing nothing with the engine. Functions are chosen so that no result
 * depends on the order between two inputs; where a stream has one path only, its order counts too.
 */
import { app, type App } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { memory } from "../../src/connectors/memory/mod.ts";
import type { Build, Comparison, Expected, Maker } from "./random-steps/build.ts";
import { FAILING } from "./random-steps/failing.ts";
import { KEYED } from "./random-steps/keyed.ts";
import { STATELESS } from "./random-steps/stateless.ts";
import { WAITING } from "./random-steps/waiting.ts";

/** The kinds of steps that the generator draws, by name. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  ...STATELESS,
  ...KEYED,
  ...FAILING,
  ...WAITING,
};

export interface RandomGraph {
  readonly app: App;
  /** What each sink must get. */
  readonly expected: ReadonlyMap<string, Expected>;
  /** What each target of a `sinkEach` got and must get, once the graph was built. */
  readonly targets: Build["targets"];
  /** For a failure: what the graph is made of, once it was built. */
  readonly text: string;
}

export interface GraphOptions {
  /** For runs on several workers: where records were dealt by key, streams have no order. */
  readonly isSpread?: boolean;
  readonly recordsMax?: number;
  /** Waits in the time of the run; without it, nothing waits. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Makes the graph of a seed. The same seed gives the same graph. */
export function randomGraph(seed: number, options: GraphOptions = {}): RandomGraph {
  const { recordsMax = 40, sleep = async () => undefined, isSpread = false } = options;
  const kinds = Object.keys(MAKERS);
  const expected: Build["expected"] = new Map();
  const targets: Build["targets"] = new Map();
  const lines: string[] = [];
  const graph = app("random", (flow) => {
    expected.clear();
    targets.clear();
    lines.length = 0;
    const prng = new Prng(seed);
    const sink = () => memory.sink<number>().sink;
    const build: Build = { flow, prng, nodes: [], expected, targets, sink, sleep };
    const sources = 1 + prng.below(3);
    for (let i = 0; i < sources; i++) {
      const records = Array.from({ length: prng.below(recordsMax) }, () => prng.below(1000));
      const batch = 1 + prng.below(20);
      const stream = flow.source(`source ${i}`, memory.source(records, { batch }));
      build.nodes.push({ stream, records, isOrdered: true, isUsed: false });
      lines.push(`source ${i}: ${records.length} records by ${batch}`);
    }
    const steps = 1 + prng.below(12 - sources);
    for (let i = 0; i < steps; i++) {
      const kind = prng.pick(kinds);
      const input = prng.pick(build.nodes);
      lines.push(`${kind}: ${i} of node ${build.nodes.indexOf(input)}`);
      const before = build.nodes.length;
      MAKERS[kind]!.make(build, input, `${kind} ${i}`);
      const keepsOrder =
        !isSpread || (kind in STATELESS && kind !== "rebalance") || kind === "asyncMap in order";
      for (let at = before; at < build.nodes.length && !keepsOrder; at++) {
        build.nodes[at] = { ...build.nodes[at]!, isOrdered: false };
      }
    }
    const ends = build.nodes.filter((node) => !node.isUsed || prng.below(8) === 0);
    ends.forEach((node, i) => {
      node.stream.sink(`sink ${i}`, sink());
      const as = node.isOrdered ? "list" : "multiset";
      expected.set(`sink ${i}`, { records: node.records, as });
    });
    // A graph needs a sink, and all of its nodes may have been used.
    if (expected.size === 0) {
      build.nodes[0]!.stream.sink("sink", sink());
      expected.set("sink", { records: build.nodes[0]!.records, as: "list" });
    }
  });
  return {
    app: graph,
    expected,
    targets,
    get text() {
      return lines.join("\n");
    },
  };
}

/** Compares what came out with the model; the first difference as a text. */
export function differenceOf(
  graph: RandomGraph,
  sinks: Readonly<Record<string, readonly unknown[]>>,
): string | undefined {
  for (const [name, { records, as }] of graph.expected) {
    const found = difference(name, (sinks[name] ?? []) as readonly number[], records, as);
    if (found !== undefined) return found;
  }
  for (const [name, { got, wanted, isOrdered }] of graph.targets) {
    for (const target of new Set([...wanted.keys(), ...got.keys()])) {
      const records = got.get(target)?.records ?? [];
      const as = isOrdered ? "list" : "multiset";
      const found = difference(`${name}, ${target}`, records, wanted.get(target) ?? [], as);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function difference(
  name: string,
  got: readonly number[],
  wanted: readonly number[],
  as: Comparison,
): string | undefined {
  const [a, b] = [comparable(got, as), comparable(wanted, as)];
  const at = a.findIndex((x, i) => x !== b[i]);
  if (a.length === b.length && at === -1) return undefined;
  return (
    `${name} (${as}): ${a.length} records, the model ${b.length}; ` +
    `first at ${at}: ${a[at]} instead of ${b[at]}`
  );
}

function comparable(records: readonly number[], as: Comparison): readonly number[] {
  if (as === "list") return records;
  const byValue = (a: number, b: number) => a - b;
  if (as === "multiset") return [...records].sort(byValue);
  const last = new Map(records.map((x) => [Math.floor(x / 10 ** 7), x]));
  return [...last.values()].sort(byValue);
}
