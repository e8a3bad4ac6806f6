import { expect, test } from "bun:test";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Restore } from "../../../src/model/checkpoint.ts";
import type { Sink } from "../../../src/model/sink.ts";
import { settleSinks } from "../../../src/worker/settle-sinks.ts";
import { sink, source } from "../../support/pipelines.ts";
import { testPorts } from "../../support/run-app.ts";

/** Of each of three connections two transactions of an older generation: the manifest has the
 *  first. Who settles is the worker with the connections `here`, of `count` that there are now. */
async function settled(here: readonly number[], count = 3) {
  const ports = testPorts();
  const targets = [0, 1, 2].map(() => memory.sink<number>());
  const opened: number[] = [];
  const spread: Sink<number> = {
    ...targets[0]!.sink,
    committer: async (ctx) => {
      opened.push(ctx.index);
      return await targets[ctx.index]!.sink.committer!(ctx);
    },
  };
  const of = { job: "job", worker: "w", log: ports.log, sink: "out" };
  const committables = await Promise.all(
    targets.map(async ({ sink }, index) => {
      const writer = await sink.open({ ...ports, ...of, index, generation: 1 });
      void writer.write([1, 2]);
      const pending = await writer.prepare(1);
      void writer.write([3]);
      await writer.prepare(2);
      return { sink: "out", target: undefined, index, pending };
    }),
  );
  const restore: Restore = { epoch: 1, tasks: [], positions: [], committables };
  const steps = [
    { id: 0, name: "in", spec: source(), inputs: [], at: "" },
    { id: 1, name: "out", spec: { ...sink(), sink: spread }, inputs: [], at: "" },
  ];
  const sinks = [{ step: 1, connections: Array.from({ length: count }, (_, i) => i) }];
  const part = {
    pipeline: { app: "a", steps },
    plan: { tasks: [] },
    placement: { sinks },
    restore,
  };
  const channels = { connections: () => here, instance: () => 0 };
  const settings = { job: "job", worker: "w", ports, generation: 2, pipeline: part.pipeline };
  await settleSinks(part as never, settings as never, channels as never);
  const left = targets.map(async ({ sink }, index) => {
    const committer = await sink.committer!({ ...ports, ...of, index, generation: 2 });
    return (await committer.list()).length;
  });
  const committed = targets.map((target) => target.committed.length);
  return { opened, committed, left: await Promise.all(left) };
}

test("what the manifest names is committed, what else is left is taken back", async () => {
  const all = { opened: [0, 1, 2], committed: [2, 2, 2], left: [0, 0, 0] };
  expect(await settled([0, 1, 2])).toEqual(all);
});

test("a connection is settled by who writes it, and by nobody else", async () => {
  expect(await settled([])).toEqual({ opened: [], committed: [0, 0, 0], left: [2, 2, 2] });
  expect(await settled([1])).toEqual({ opened: [1], committed: [0, 2, 0], left: [2, 0, 2] });
  expect(await settled([0, 2])).toMatchObject({ opened: [0, 2], committed: [2, 0, 2] });
});

test("where there are fewer connections now, who has the first settles the rest", async () => {
  expect(await settled([0], 2)).toMatchObject({ opened: [0, 2], committed: [2, 0, 2] });
  expect(await settled([1], 2)).toMatchObject({ opened: [1] });
});
