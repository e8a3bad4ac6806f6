/** Calls that were under way at a checkpoint go on where what follows their records is. */
import { expect, test } from "bun:test";
import { app, type Flow, memory, type Source, state, type Stream } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { EACH_TIME, withPacedSources } from "../paced-source.ts";

const KEYS = 16;
const SPLITS = ["split 0", "split 1", "split 2"];

/** The `n`th of a key, or of a split. */
interface Numbered {
  readonly of: string | number;
  readonly n: number;
}

interface Story {
  readonly seed: number;
  readonly records: (flow: Flow) => Stream<Numbered>;
  readonly pauseMs: number;
  /** Of the worker that dies; undefined: it is lost for good. */
  readonly restartMs?: number;
}

/** A worker of three dies. What came out by key, or by split. */
function answers({ seed, records, pauseMs, restartMs }: Story): readonly (readonly number[])[] {
  const out = memory.sink<Numbered>();
  const world = new World(seed + 1);
  /** Each third record takes long. */
  const ask = async (host: string, one: Numbered): Promise<Numbered> => {
    const { clock } = world.findHost(host)!.life;
    await new Promise<void>((resolve) => void clock.after(one.n % 3 === 0 ? 700 : 5, resolve));
    return one;
  };
  const cluster = new SimCluster(world, {
    workers: 3,
    job: "asks",
    build: (host) =>
      app("asks", (flow) => {
        records(flow)
          .asyncMap("ask", (one) => ask(host, one))
          .sink("out", out.sink);
      }).build({}),
    dress: (part, { life }) =>
      withPacedSources(part, life.clock, { prng: EACH_TIME, pauseMsMax: pauseMs }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  world.settle(cluster.deploy());
  world.run(4_000 + seed * 77);
  const host = cluster.hosts[2]!;
  cluster.kill(host, { hasPower: true });
  if (restartMs !== undefined) world.clock.after(restartMs, () => void cluster.restart(host));
  world.run(200_000, () => cluster.summary?.state === "finished");
  const groups = Map.groupBy(out.committed, ({ of }) => of);
  return [...groups.values()].map((some) => some.map(({ n }) => n));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

test.each([0, 1, 3, 6])("results of a key keep their order, world %d", (seed) => {
  const input = upTo(400);
  const records = (flow: Flow): Stream<Numbered> =>
    flow
      .source("in", memory.source(input, { batch: 2 }), { on: ["w1"] })
      .keyBy("key", (i) => i % KEYS)
      .mapWithState(
        "count",
        state(() => ({ n: 0 })),
        (_, own, { key }): Numbered => ({ of: key, n: ++own.n }),
      );
  const found = answers({ seed, records, pauseMs: 60 });
  expect(found).toEqual(Array.from({ length: KEYS }, () => upTo(input.length / KEYS)));
});

test.each([300, undefined])(
  "results of a split keep their order, the worker is back after %p ms",
  (restartMs) => {
    const of = (split: string): Source<Numbered> => {
      const all = upTo(150).map((n): Numbered => ({ of: split, n }));
      return memory.source(all, { batch: 2 });
    };
    const source: Source<Numbered> = {
      ...of(""),
      splits: async () => SPLITS,
      open: async (split, position, ctx) => {
        const own = of(split);
        const [only] = await own.splits(ctx);
        return await own.open(only!, position, ctx);
      },
    };
    const records = (flow: Flow) => flow.source("in", source, { on: "every worker" });
    for (const seed of [1, 13, 17]) {
      const story = { seed, records, pauseMs: 150 };
      const found = answers(restartMs === undefined ? story : { ...story, restartMs });
      expect(found).toEqual(SPLITS.map(() => upTo(150)));
    }
  },
);
