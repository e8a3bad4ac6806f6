/**
 * The small run that is stopped at its effects, and what it must give: keyed entries, an exchange,
 * a collected count, two sinks that commit, three checkpoints and more.
 *
 * First each key gets state. Then some change, go, or are put back by calls that fail, and most are
 * left alone, so that checkpoints are chains of changes; they are written entry by entry, so that
 * records meet them. At the end each key says what it still has.
 */
import { app, mapState, memory, state } from "wallaroo";
import { Prng } from "../../src/base/prng.ts";
import type { Step } from "../../src/model/pipeline.ts";
import type { Sink } from "../../src/model/sink.ts";
import type { Batch, Source } from "../../src/model/source.ts";
import { effect } from "../../src/testing/effects.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import type { World } from "../../src/testing/world.ts";
import type { PartSettings } from "../../src/worker/part-contract.ts";
import { ToldSources } from "./told-source.ts";

const KEYS = 80;
/** Keys that change all the time. */
const HOT = 4;
const MIDDLE = 60;
const RECORDS = KEYS + MIDDLE + KEYS;
const PARTS = 3;
/** Of a second source of the count's task, which reads on both workers. */
const SPLITS = ["split 0", "split 1"];
const BATCH = 2;
/** Before a batch of the middle, and of the two others. */
const PAUSE_MS = { middle: 200, sweep: 6 };
/** Two workers commit at different times, at most so far from each other. */
const COMMIT_MS = 8;

/** What one key has, in the model. */
interface Kept {
  seen: number;
  parts: Map<number, number>;
}

interface Expected {
  readonly isAll: boolean;
  readonly isDecided: boolean;
}

export class EffectRun {
  readonly #counts = memory.sink<string>();
  readonly #totals = memory.sink<number>();
  readonly #world: World;
  readonly #prng: Prng;
  readonly #told = new ToldSources();
  /** Transactions that are prepared, and neither committed nor taken back. */
  readonly #undecided = new Set<string>();

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#prng = new Prng(seed);
  }

  build() {
    const states = { seen: state(() => ({ n: 0 })), parts: mapState<number, number>() };
    const numbers = Array.from({ length: RECORDS }, (_, i) => i);
    return app("job", (flow) => {
      const records = flow.source("in", memory.source(numbers, { batch: BATCH }), { on: 1 });
      records
        .keyBy("key", (n) => keyOf(n))
        .mapWithState(
          "entries",
          states,
          (n, { seen, parts }, ctx) => {
            seen.n++;
            const part = partOf(n);
            parts.set(part, (parts.get(part) ?? 0) + 1);
            const text = textOf(keyOf(n), seen.n, parts);
            const fate = fateOf(n);
            if (fate !== "stays") ctx.clear();
            if (fate === "fails") throw new Error(`record ${n} fails`);
            return text;
          },
          { onError: "skip" },
        )
        .sink("counts", this.#counts.sink);
      // Its task has an instance on each worker, and its state is with the first.
      const other = { ...memory.source([-1]), splits: async () => SPLITS };
      records
        .collect("all")
        .mapWithState(
          "total",
          state(() => ({ n: 0 })),
          (_, s) => ++s.n,
        )
        .merge(flow.source("other", other))
        .sink("totals", this.#totals.sink);
    }).build({});
  }

  /** Slower, and with commits that are effects of their process. */
  dress(part: PartSettings, host: SimHost): PartSettings {
    const steps = part.pipeline.steps.map((step): Step => {
      const { spec, name } = step;
      if (spec.kind === "source") {
        const told = this.#told.watch(name, spec.source, part.generation);
        const source = this.#paced(told, host);
        return { ...step, spec: { ...spec, source } };
      }
      if (spec.kind !== "sink") return step;
      const given = name === "counts" ? this.#counts.sink : this.#totals.sink;
      return { ...step, spec: { ...spec, sink: this.#watched(given, host) } };
    });
    return { ...part, pipeline: { ...part.pipeline, steps } };
  }

  /** What is wrong with what is committed now; `isAll`: nothing is to come, `isDecided`: nor can
   *  anything be left that was prepared. */
  wrong({ isAll, isDecided }: Expected): string | undefined {
    if (this.#told.problem !== undefined) return this.#told.problem;
    const given = new Map<string, string[]>();
    for (const text of this.#counts.committed) push(given, text.split(" ")[0]!, text);
    const expected = model();
    for (const [key, texts] of given) {
      const wanted = expected.get(key) ?? [];
      const at = texts.findIndex((text, i) => text !== wanted[i]);
      if (at !== -1) return `key ${key} has "${texts[at]}" where "${wanted[at]}" should come`;
    }
    const totals = this.#totals.committed.filter((n) => n > 0);
    const total = totals.findIndex((n, i) => n !== i + 1);
    if (total !== -1) return `the total is ${totals[total]} after ${total}`;
    const others = this.#totals.committed.length - totals.length;
    if (others > SPLITS.length) return `${others} records of ${SPLITS.length} splits`;
    if (!isAll) return undefined;
    const wanted = [...expected.values()].flat().length;
    const counts = this.#counts.committed.length;
    if (counts !== wanted) return `${counts} counts are committed, ${wanted} should be`;
    if (others !== SPLITS.length) return `${others} records of ${SPLITS.length} splits`;
    if (totals.length !== RECORDS) {
      return `${totals.length} totals are committed, ${RECORDS} should be`;
    }
    if (!isDecided || this.#undecided.size === 0) return undefined;
    return `${this.#undecided.size} transactions are prepared, and nobody takes them back`;
  }

  /** Slow in the middle, where checkpoints are taken. */
  #paced(source: Source<unknown>, { life: { clock } }: SimHost): Source<unknown> {
    const prng = this.#prng;
    return {
      ...source,
      open: async (split, position, ctx) => {
        const reader = await source.open(split, position, ctx);
        async function* read(): AsyncGenerator<Batch<unknown>> {
          for await (const batch of reader.read()) {
            const most = isMiddle(Number(batch.records?.[0])) ? PAUSE_MS.middle : PAUSE_MS.sweep;
            await new Promise<void>((done) => void clock.after(prng.next() * most, done));
            yield batch;
          }
        }
        return {
          read,
          acknowledge: (at) => reader.acknowledge(at),
          [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        };
      },
    };
  }

  #watched(sink: Sink<unknown>, host: SimHost): Sink<unknown> {
    const world = this.#world;
    const author = { name: host.name, isUp: true, life: host.life };
    const { clock } = host.life;
    return {
      ...sink,
      open: async (ctx) => {
        const writer = await sink.open(ctx);
        const prepare = async (epoch: number): Promise<unknown> => {
          const pending = await writer.prepare(epoch);
          if (pending !== undefined) this.#undecided.add(nameOf(ctx.sink, pending));
          return pending;
        };
        return {
          write: (records) => writer.write(records),
          flush: () => writer.flush(),
          prepare: (epoch) => effect(world, author, "sink prepare", () => prepare(epoch)),
          [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
        };
      },
      committer: async (ctx) => {
        const committer = await sink.committer!(ctx);
        const wait = (): Promise<void> =>
          new Promise((resolve) => void clock.after(this.#prng.next() * COMMIT_MS, resolve));
        const decide = async (what: "commit" | "abort", pending: unknown): Promise<void> => {
          await wait();
          await effect(world, author, `sink ${what}`, async () => {
            await committer[what](pending);
            this.#undecided.delete(nameOf(ctx.sink, pending));
          });
        };
        return {
          commit: (pending) => decide("commit", pending),
          abort: (pending) => decide("abort", pending),
          list: () => effect(world, author, "sink list", () => committer.list()),
        };
      },
    };
  }
}

function nameOf(sink: string, pending: unknown): string {
  return `${sink} ${JSON.stringify(pending)}`;
}

function isMiddle(n: number): boolean {
  return n >= KEYS && n < KEYS + MIDDLE;
}

/** In the middle every fourth record is of a key that has been left alone. */
function keyOf(n: number): number {
  if (!isMiddle(n)) return n % KEYS;
  return n % 4 === 0 ? HOT + ((n / 4) % (KEYS - HOT)) : n % HOT;
}

function partOf(n: number): number {
  return Math.floor(n / HOT) % PARTS;
}

/** What becomes of the state of its key in the call of a record. */
function fateOf(n: number): "stays" | "goes" | "fails" {
  if (!isMiddle(n)) return "stays";
  if (n % 4 === 0) return n % 8 === 0 ? "fails" : "goes";
  return n % 7 === 0 ? "fails" : "stays";
}

function textOf(key: number, seen: number, parts: Iterable<readonly [number, number]>): string {
  const all = [...parts].toSorted(([a], [b]) => a - b).map(([part, n]) => `${part}:${n}`);
  return `${key} ${seen} ${all.join(",")}`;
}

/** What each key gives, in order: one record after the other, and no engine. */
function model(): ReadonlyMap<string, readonly string[]> {
  const kept = new Map<number, Kept>();
  const texts = new Map<string, string[]>();
  for (let n = 0; n < RECORDS; n++) {
    const key = keyOf(n);
    const fate = fateOf(n);
    if (fate === "fails") continue;
    const own = kept.get(key) ?? { seen: 0, parts: new Map<number, number>() };
    own.seen++;
    own.parts.set(partOf(n), (own.parts.get(partOf(n)) ?? 0) + 1);
    push(texts, String(key), textOf(key, own.seen, own.parts));
    if (fate === "goes") kept.delete(key);
    else kept.set(key, own);
  }
  return texts;
}

function push(lists: Map<string, string[]>, key: string, text: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [text]);
  else list.push(text);
}
