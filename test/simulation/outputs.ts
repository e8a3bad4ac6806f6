/**
 * What the sinks of a random graph got, generation by generation: until there are checkpoints each
 * one begins from the start, into an output of its own.
 */
import { Prng } from "../../src/base/prng.ts";
import { memory, type MemorySink } from "../../src/connectors/memory/mod.ts";
import type { Generation } from "../../src/model/placement.ts";
import type { Pipeline, Step } from "../../src/model/pipeline.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import type { PartSettings } from "../../src/worker/part-contract.ts";
import { differenceOf, type RandomGraph } from "../support/random-graph.ts";
import { paced } from "./paced-source.ts";

export interface OutputOptions {
  readonly pauseMsMax: number;
  /** Sinks take so long for a write, at most. */
  readonly sinkMsMax: number;
}

type Sinks = Map<string, MemorySink<unknown>>;

export class Outputs {
  readonly #options: OutputOptions;
  readonly #graphs = new Map<Pipeline, RandomGraph>();
  readonly #used = new Map<string, RandomGraph[]>();
  readonly #sinks = new Map<string, Sinks>();

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** A graph was built for a worker. */
  built(pipeline: Pipeline, graph: RandomGraph): void {
    this.#graphs.set(pipeline, graph);
  }

  /** The part with slow sources, and sinks whose output is kept here. */
  dress(part: PartSettings, host: SimHost): PartSettings {
    const name = nameOf(part.generation);
    const graph = this.#graphs.get(part.pipeline);
    if (graph !== undefined) this.#used.set(name, [...(this.#used.get(name) ?? []), graph]);
    const { clock } = host.life;
    const prng = new Prng(host.life.random.u32());
    const { pauseMsMax, sinkMsMax } = this.#options;
    const delay = (): Promise<void> | undefined => {
      if (sinkMsMax === 0 || prng.below(3) > 0) return undefined;
      return new Promise((resolve) => void clock.after(prng.next() * sinkMsMax, resolve));
    };
    const steps = part.pipeline.steps.map((step): Step => {
      const { spec } = step;
      if (spec.kind === "source") {
        const source = paced(spec.source, clock, prng, pauseMsMax);
        return { ...step, spec: { ...spec, source } };
      }
      if (spec.kind !== "sink") return step;
      const { sink } = this.#sink(name, step.name, delay);
      return { ...step, spec: { ...spec, sink } };
    });
    return { ...part, pipeline: { ...part.pipeline, steps } };
  }

  /** What is wrong with the output of a generation that finished. */
  differenceOf(generation: string): string | undefined {
    const graphs = this.#used.get(generation) ?? [];
    const committed: Record<string, readonly unknown[]> = {};
    for (const [name, sink] of this.#sinks.get(generation) ?? []) committed[name] = sink.committed;
    const [graph] = graphs;
    if (graph === undefined) return `no worker built the graph of ${generation}`;
    const targets: RandomGraph["targets"] = new Map(
      [...graph.targets].map(([name, target]) => {
        // The one instance of it was somewhere.
        const got = graphs.map((one) => one.targets.get(name)!.got).find(({ size }) => size > 0);
        return [name, { ...target, got: got ?? target.got }] as const;
      }),
    );
    return differenceOf({ ...graph, expected: graph.expected, targets, text: "" }, committed);
  }

  /** What was committed in any generation and is not what the model gives. */
  wrong(): string[] {
    return [...this.#sinks].flatMap(([generation, sinks]) => {
      const graph = this.#used.get(generation)?.[0];
      return [...sinks].flatMap(([name, { committed }]) => {
        const expected = graph?.expected.get(name);
        if (expected === undefined || expected.as === "last of each") return [];
        const problem = beyond(committed, expected.records, expected.as === "list");
        return problem === undefined ? [] : [`${generation}, ${name}: ${problem}`];
      });
    });
  }

  /** The newest generation that had a part. */
  get last(): string {
    const order = (name: string): number => {
      const [leaderEpoch = 0, attempt = 0] = name.split(".").map(Number);
      return leaderEpoch * 1_000_000 + attempt;
    };
    return [...this.#used.keys()].sort((a, b) => order(a) - order(b)).at(-1) ?? "";
  }

  /** Generations that committed something. */
  get generations(): readonly string[] {
    return [...this.#sinks].flatMap(([name, sinks]) =>
      [...sinks.values()].some(({ committed }) => committed.length > 0) ? [name] : [],
    );
  }

  #sink(generation: string, step: string, delay: () => Promise<void> | undefined) {
    const sinks = this.#sinks.get(generation) ?? new Map<string, MemorySink<unknown>>();
    this.#sinks.set(generation, sinks);
    const sink = sinks.get(step) ?? memory.sink<unknown>({ delay });
    sinks.set(step, sink);
    return sink;
  }
}

export function nameOf({ leaderEpoch, attempt }: Generation): string {
  return `${leaderEpoch}.${attempt}`;
}

/** The first committed record that the model does not have, or not there. */
function beyond(
  committed: readonly unknown[],
  records: readonly unknown[],
  isOrdered: boolean,
): string | undefined {
  if (isOrdered) {
    const at = committed.findIndex((record, i) => record !== records[i]);
    return at === -1 ? undefined : `${String(committed[at])} is committed at ${at}`;
  }
  const left = new Map<unknown, number>();
  for (const record of records) left.set(record, (left.get(record) ?? 0) + 1);
  for (const record of committed) {
    const count = left.get(record) ?? 0;
    if (count === 0) return `${String(record)} is committed once too often`;
    left.set(record, count - 1);
  }
  return undefined;
}
