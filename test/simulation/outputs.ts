/**
 * What the sinks of a random graph got, for each job that was deployed: whatever died meanwhile,
 * every record is committed once. A job that was given up and deployed again begins anew, into
 * outputs of its own.
 */
import { Prng } from "../../src/base/prng.ts";
import { memory, type MemorySink } from "../../src/connectors/memory/mod.ts";
import type { Generation } from "../../src/model/placement.ts";
import type { Sink } from "../../src/model/sink.ts";
import type { Pipeline, Step } from "../../src/model/pipeline.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import type { PartSettings } from "../../src/worker/part-contract.ts";
import { differenceOf, type RandomGraph } from "../support/random-graph.ts";
import { paced } from "./paced-source.ts";
import { RecoveredSteps } from "./recovered-steps.ts";
import { ToldSources } from "./told-source.ts";

export interface OutputOptions {
  readonly pauseMsMax: number;
  /** Sinks take so long for a write, at most. */
  readonly sinkMsMax: number;
}

interface Output {
  /** Of the graph that a worker built first: all are the same. */
  readonly graph: RandomGraph;
  readonly sinks: Map<string, MemorySink<unknown>>;
  readonly generations: Set<string>;
  readonly told: ToldSources;
}

export class Outputs {
  readonly recovered = new RecoveredSteps();
  readonly #options: OutputOptions;
  readonly #graphs = new Map<Pipeline, RandomGraph>();
  /** By the name of the job in the store. */
  readonly #outputs = new Map<string, Output>();

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** A graph was built for a worker. */
  built(pipeline: Pipeline, graph: RandomGraph): void {
    this.#graphs.set(pipeline, graph);
  }

  /** The part with slow sources, and sinks whose output is kept here. */
  dress(part: PartSettings, host: SimHost, isBegun: () => boolean): PartSettings {
    const graph = this.#graphs.get(part.pipeline);
    if (graph === undefined) throw new Error("a part of a graph that nobody built");
    const output = this.#output(part, graph);
    output.generations.add(nameOf(part.generation));
    const { clock } = host.life;
    const prng = new Prng(host.life.random.u32());
    const { pauseMsMax, sinkMsMax } = this.#options;
    const delay = (): Promise<void> | undefined => {
      if (sinkMsMax === 0 || prng.below(3) > 0) return undefined;
      return new Promise((resolve) => void clock.after(prng.next() * sinkMsMax, resolve));
    };
    const steps = part.pipeline.steps.map((step): Step => {
      const { spec, name } = step;
      if (spec.kind === "source") {
        const told = output.told.watch(name, spec.source, part.generation);
        const source = paced(told, clock, prng, pauseMsMax);
        return { ...step, spec: { ...spec, source } };
      }
      const sinkOf = (full: string) => withDelay(memoryOf(output, full).sink, delay);
      if (spec.kind === "sink") return { ...step, spec: { ...spec, sink: sinkOf(name) } };
      if (spec.kind !== "sinkEach") return this.recovered.watch(step, part, isBegun);
      const make = (target: string) => sinkOf(`${name}/${target}`);
      return { ...step, spec: { ...spec, make } };
    });
    return { ...part, pipeline: { ...part.pipeline, steps } };
  }

  /** What is wrong with the output of the job that finished. */
  differenceOf(): string | undefined {
    const output = [...this.#outputs.values()].at(-1);
    if (output === undefined) return "no worker had a part of it";
    const { graph, sinks } = output;
    const committed: Record<string, readonly unknown[]> = {};
    for (const [name, sink] of sinks) committed[name] = sink.committed;
    const targets: RandomGraph["targets"] = new Map(
      [...graph.targets].map(([name, target]) => [name, { ...target, got: gotOf(name, sinks) }]),
    );
    return differenceOf({ ...graph, expected: graph.expected, targets, text: "" }, committed);
  }

  /** What was committed at any time and is not what the model gives. */
  wrong(): string[] {
    const told = [...this.#outputs.values()].flatMap(({ told: { problem } }) => problem ?? []);
    const records = [...this.#outputs].flatMap(([job, { graph, sinks }]) =>
      [...sinks].flatMap(([name, { committed }]) => {
        const expected = graph.expected.get(name);
        if (expected === undefined || expected.as === "last of each") return [];
        const problem = beyond(committed, expected.records, expected.as === "list");
        return problem === undefined ? [] : [`${job}, ${name}: ${problem}`];
      }),
    );
    return [...told, ...records];
  }

  /** The newest generation that had a part. */
  get last(): string {
    const order = (name: string): number => {
      const [leaderEpoch = 0, attempt = 0] = name.split(".").map(Number);
      return leaderEpoch * 1_000_000 + attempt;
    };
    const all = [...this.#outputs.values()].flatMap(({ generations }) => [...generations]);
    return all.sort((a, b) => order(a) - order(b)).at(-1) ?? "";
  }

  /** Jobs that had more generations than one, and committed something. */
  get resumed(): number {
    return [...this.#outputs.values()].filter(
      ({ generations, sinks }) =>
        generations.size > 1 && [...sinks.values()].some(({ committed }) => committed.length > 0),
    ).length;
  }

  /** Results at an interval that newer ones replaced, in jobs with more generations than one. */
  get replaced(): number {
    let count = 0;
    for (const { generations, sinks, graph } of this.#outputs.values()) {
      if (generations.size === 1) continue;
      for (const [name, { records, as }] of graph.expected) {
        if (as !== "last of each") continue;
        count += Math.max(0, (sinks.get(name)?.committed.length ?? 0) - records.length);
      }
    }
    return count;
  }

  /** Records that sinks were given and that were never committed: they came again. */
  get takenBack(): number {
    let count = 0;
    for (const { sinks } of this.#outputs.values()) {
      for (const { records, committed } of sinks.values()) {
        count += records.length - committed.length;
      }
    }
    return count;
  }

  #output({ store }: PartSettings, graph: RandomGraph): Output {
    const known = this.#outputs.get(store.prefix);
    if (known !== undefined) return known;
    const told = new ToldSources();
    const output = { graph, sinks: new Map(), generations: new Set<string>(), told };
    this.#outputs.set(store.prefix, output);
    return output;
  }
}

function memoryOf({ sinks }: Output, name: string): MemorySink<unknown> {
  const sink = sinks.get(name) ?? memory.sink<unknown>();
  sinks.set(name, sink);
  return sink;
}

/** Each writer waits in the time of its own host. */
function withDelay(
  sink: Sink<unknown>,
  delay: (count: number) => Promise<void> | undefined,
): Sink<unknown> {
  return {
    ...sink,
    open: async (ctx) => {
      const writer = await sink.open(ctx);
      return {
        write: (records) => {
          void writer.write(records);
          return delay(records.length);
        },
        flush: () => writer.flush(),
        prepare: (epoch) => writer.prepare(epoch),
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      };
    },
  };
}

/** What the targets of a `sinkEach` had committed. */
function gotOf(
  step: string,
  sinks: ReadonlyMap<string, MemorySink<unknown>>,
): Map<string, MemorySink<number>> {
  const got = new Map<string, MemorySink<number>>();
  for (const [name, sink] of sinks) {
    if (!name.startsWith(`${step}/`)) continue;
    const committed = sink.committed as readonly number[]; // Random graphs make numbers.
    const numbers = memory.sink<number>();
    got.set(name.slice(step.length + 1), { ...numbers, records: committed, committed });
  }
  return got;
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
