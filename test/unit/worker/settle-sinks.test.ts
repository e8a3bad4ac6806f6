import { expect, test } from "bun:test";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Restore } from "../../../src/model/checkpoint.ts";
import { settleSinks } from "../../../src/worker/settle-sinks.ts";
import { sink, source } from "../../support/pipelines.ts";
import { testPorts } from "../../support/run-app.ts";

/** Two transactions of an older generation; the manifest has the first. */
async function settled(isHere: boolean) {
  const target = memory.sink<number>();
  const ports = testPorts();
  const of = { job: "job", worker: "w", log: ports.log, index: 0, sink: "out" };
  const writer = await target.sink.open({ ...ports, ...of, generation: 1 });
  void writer.write([1, 2]);
  const pending = await writer.prepare(1);
  void writer.write([3]);
  await writer.prepare(2);
  const restore: Restore = {
    epoch: 1,
    tasks: [],
    positions: [],
    committables: [{ sink: "out", target: undefined, index: 0, pending }],
  };
  const steps = [
    { id: 0, name: "in", spec: source(), inputs: [], at: "" },
    { id: 1, name: "out", spec: { ...sink(), sink: target.sink }, inputs: [], at: "" },
  ];
  const part = { pipeline: { app: "a", steps }, plan: { tasks: [] }, restore };
  const channels = { connections: () => (isHere ? [0] : []), instance: () => 0 };
  const settings = { job: "job", worker: "w", ports, generation: 2, pipeline: part.pipeline };
  await settleSinks(part as never, settings as never, channels as never);
  const committer = await target.sink.committer!({ ...ports, ...of, generation: 2 });
  return { committed: target.committed, left: await committer.list() };
}

test("what the manifest names is committed, what else is left is taken back", async () => {
  expect(await settled(true)).toEqual({ committed: [1, 2], left: [] });
});

test("one worker does so for a sink, the others do nothing", async () => {
  const { committed, left } = await settled(false);
  expect(committed).toEqual([]);
  expect(left).toHaveLength(2);
});
