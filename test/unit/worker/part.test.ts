import { expect, test } from "bun:test";
import { app, memory } from "../../../src/api/mod.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { zstd } from "../../../src/host/zstd.ts";
import type { Pipeline, Step } from "../../../src/model/pipeline.ts";
import { place, placeWishes } from "../../../src/planner/place.ts";
import { plan } from "../../../src/planner/plan.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { JobPart } from "../../../src/worker/part.ts";
import { testPorts } from "../../support/run-app.ts";

/** A part that is alone. */
async function partOf(pipeline: Pipeline): Promise<JobPart> {
  const planned = plan(pipeline, 1);
  const workers = [{ name: "w", data: { host: "127.0.0.1", port: 0 }, host: "here" }];
  const crypto = systemCrypto();
  const { blobs } = new FileStore({ folder: "/store", disk: new SimDisk(), crypto });
  return await JobPart.make(
    {
      job: "test",
      app: pipeline.app,
      worker: "w",
      self: 0,
      generation: { leaderEpoch: 1, attempt: 1 },
      pipeline,
      plan: planned,
      placement: place({ plan: planned, wishes: placeWishes(pipeline), workers }),
      metrics: false,
      store: { blobs, prefix: "jobs/test" },
      restore: undefined,
    },
    {
      ports: { ...testPorts(), crypto, compressor: zstd() },
      hub: {
        receiver: () => undefined,
        sender: () => {
          throw new Error("it is alone");
        },
        open: async () => undefined,
        close: async () => undefined,
        terminate: () => undefined,
      },
    },
  );
}

/** An app whose source or sink opens when the test says so, and tells when that is closed. */
async function gated(kind: "source" | "sink") {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let closed = 0;
  async function gatedOpen<R extends AsyncDisposable>(make: () => Promise<R>): Promise<R> {
    ask();
    await gate;
    const made = await make();
    const dispose = made[Symbol.asyncDispose].bind(made);
    made[Symbol.asyncDispose] = async () => {
      closed++;
      await dispose();
    };
    return made;
  }
  const pipeline = await app("test", (flow) => {
    flow.source("in", memory.source([1])).sink("out", memory.sink<number>().sink);
  }).build({});
  const steps = pipeline.steps.map((step): Step => {
    const { spec } = step;
    if (spec.kind === "source" && kind === "source") {
      const { source } = spec;
      const open = (...given: Parameters<typeof source.open>) =>
        gatedOpen(async () => await source.open(...given));
      return { ...step, spec: { ...spec, source: { ...source, open } } };
    }
    if (spec.kind !== "sink" || kind !== "sink") return step;
    const { sink } = spec;
    const open = (...given: Parameters<typeof sink.open>) =>
      gatedOpen(async () => await sink.open(...given));
    return { ...step, spec: { ...spec, sink: { ...sink, open } } };
  });
  const part = await partOf({ ...pipeline, steps });
  return { part, asked, open, closed: () => closed };
}

test.each(["source", "sink"] as const)(
  "a %s that opens while the part is closed is closed too",
  async (kind) => {
    const { part, asked, open, closed } = await gated(kind);
    const starting = part.start();
    starting.catch(() => undefined);
    await asked;
    await part.kill();
    expect(closed()).toBe(0);
    open();
    await expect(starting).rejects.toMatchObject({ code: "part_closed" });
    expect(closed()).toBe(1);
  },
);

test("what is open when the part is closed is closed once", async () => {
  const { part, open, closed } = await gated("source");
  open();
  await part.start();
  await part.kill();
  expect(closed()).toBe(1);
});
