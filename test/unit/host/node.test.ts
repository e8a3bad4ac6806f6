import { expect, test } from "bun:test";
import { app, memory } from "../../../src/api/mod.ts";
import { startNode, type NodeSettings } from "../../../src/host/node.ts";
import type { SourceContext, SplitReader } from "../../../src/model/source.ts";
import { NotedLog } from "../../support/noted-log.ts";

const settings: NodeSettings = { worker: "w", metrics: true, http: undefined, log: new NotedLog() };
const LOCAL = { address: { host: "127.0.0.1", port: 0 }, tokenFile: undefined, isInsecure: false };

test("a node runs a job to its end and closes HTTP with it", async () => {
  const sink = memory.sink<string>();
  const made = app("upper", (flow) => {
    const source = memory.source(["a", "b"]);
    flow
      .source("in", source)
      .map("up", (text) => text.toUpperCase())
      .sink("out", sink.sink);
  });
  const node = await startNode({ pipeline: await made.build({}) }, { ...settings, http: LOCAL });
  expect(node.job).toBe("upper");
  const status = await node.done;
  expect(status).toMatchObject({ state: "finished", worker: "w", job: "upper" });
  expect(sink.records).toEqual(["A", "B"]);
  await expect(fetch(`http://127.0.0.1:${node.http!.port}/health`)).rejects.toThrow();
});

test("names that are no names are refused before anything opens", async () => {
  const made = app("a", (flow) =>
    flow.source("in", memory.source([1])).sink("out", memory.sink<number>().sink),
  );
  const pipeline = await made.build({});
  await expect(startNode({ pipeline }, { ...settings, job: "No" })).rejects.toThrow("--job NAME");
  const worker = startNode({ pipeline }, { ...settings, worker: "" });
  await expect(worker).rejects.toThrow("--worker NAME");
});

test("a source that cannot open leaves no HTTP port behind", async () => {
  const made = app("a", (flow) => {
    const source = {
      ...memory.source([1]),
      splits: () => Promise.reject(new Error("no such thing")),
    };
    flow.source("in", source).sink("out", memory.sink<number>().sink);
  });
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const address = { host: "127.0.0.1", port: probe.port };
  probe.stop(true);
  const pipeline = await made.build({});
  const started = startNode({ pipeline }, { ...settings, http: { ...LOCAL, address } });
  await expect(started).rejects.toThrow("no such thing");
  await expect(fetch(`http://127.0.0.1:${address.port}/health`)).rejects.toThrow();
});

test("a job that is killed ends its node even when a source does not close", async () => {
  const stuck: SplitReader<number> = {
    read: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => new Promise(() => undefined),
      }),
    }),
    acknowledge: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => new Promise(() => undefined),
  };
  const made = app("a", (flow) => {
    const open = (_s: string, _p: unknown, _c: SourceContext) => Promise.resolve(stuck);
    flow.source("in", { ...memory.source([1]), open }).sink("out", memory.sink<number>().sink);
  });
  const node = await startNode({ pipeline: await made.build({}) }, settings);
  node.kill();
  expect((await node.done).state).toBe("failed");
});
