/** A worker is lost for good: calls that were under way go on where their keys are now. */
import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { paced } from "../paced-source.ts";

const KEYS = 16;
const RECORDS = Array.from({ length: 400 }, (_, i) => i);

interface Answer {
  readonly key: number;
  readonly n: number;
}

test.each([0, 1, 3, 6])("results of a key keep their order, world %d", (seed) => {
  const out = memory.sink<Answer>();
  const world = new World(seed + 1);
  const made = (host: string) =>
    app("asks", (flow) => {
      /** Each third record of a key takes long. */
      const ask = async (answer: Answer): Promise<Answer> => {
        const { clock } = world.findHost(host)!.life;
        const ms = answer.n % 3 === 0 ? 700 : 5;
        await new Promise<void>((resolve) => void clock.after(ms, resolve));
        return answer;
      };
      flow
        .source("in", memory.source(RECORDS, { batch: 2 }), { on: ["w1"] })
        .keyBy("key", (i) => i % KEYS)
        .mapWithState(
          "count",
          state(() => ({ n: 0 })),
          (_, own, { key }) => ({ key, n: ++own.n }),
        )
        .asyncMap("ask", ask)
        .sink("out", out.sink);
    });
  const cluster = new SimCluster(world, {
    workers: 3,
    job: "asks",
    build: (host) => made(host).build({}),
    dress: (part, { life }) => {
      const steps = part.pipeline.steps.map((step) => {
        const { spec } = step;
        if (spec.kind !== "source") return step;
        const source = paced(spec.source, life.clock, { next: () => 1 }, 60);
        return { ...step, spec: { ...spec, source } };
      });
      return { ...part, pipeline: { ...part.pipeline, steps } };
    },
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  world.settle(cluster.deploy());
  world.run(4_000 + seed * 77);
  cluster.kill(cluster.hosts[2]!, { hasPower: true });
  world.run(200_000, () => cluster.summary?.state === "finished");
  const byKey = Map.groupBy(out.committed, ({ key }) => key);
  const all = Array.from({ length: RECORDS.length / KEYS }, (_, i) => i + 1);
  expect([...byKey.values()].map((answers) => answers.map(({ n }) => n))).toEqual(
    Array.from({ length: KEYS }, () => all),
  );
});
