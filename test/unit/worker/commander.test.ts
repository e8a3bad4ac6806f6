import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import type { ToCoordinator } from "../../../src/control/messages.ts";
import { Commander } from "../../../src/worker/commander.ts";
import type { Part } from "../../../src/worker/part-contract.ts";
import { KeptLogger, settle } from "../../support/connector-context.ts";

const order = {
  type: "deploy",
  job: "job",
  generation: { leaderEpoch: 1, attempt: 1 },
  app: "app",
  bundle: "b",
  set: {},
  graphHash: "same",
  graph: [],
  placement: { workers: [{ name: "w1", data: { host: "h", port: 9 } }], tasks: [], sinks: [] },
  self: 0,
  metrics: false,
  store: { url: "file:///store", prefix: "jobs/job/", proof: { name: "proof", sha256: "" } },
  restore: { epoch: 0, tasks: [], positions: [], committables: [] },
} as const;

function commander(openStore: () => Promise<unknown>, part: Partial<Part> = {}) {
  const [sent, fatal]: [ToCoordinator[], WallarooError[]] = [[], []];
  const built = { pipeline: {}, plan: { graphHash: "same" }, lines: [], release: () => undefined };
  const made = new Commander({
    worker: "w1",
    log: new KeptLogger(),
    apps: { has: async () => true, build: async () => built } as never,
    fetch: {} as never,
    makePart: async () => part as Part,
    openStore: openStore as never,
    crypto: { sha256: () => new Uint8Array() } as never,
    send: (message) => void sent.push(message),
    onFatal: (error) => void fatal.push(error),
  });
  return { made, sent, fatal };
}

test("a store whose disk failed to sync ends the process: a new one can open it", async () => {
  const error = new WallarooError("fsync_failed", "it did not keep it", { domain: "external" });
  const { made, sent, fatal } = commander(() => Promise.reject(error));
  made.take(order as never);
  await settle();
  await made.close();
  expect(fatal).toEqual([error]);
  expect(sent.filter(({ type }) => type === "ready")).toEqual([]);
});

test("a store that is away ends nothing, and is told", async () => {
  const { made, sent, fatal } = commander(() => Promise.reject(new Error("no answer")));
  made.take(order as never);
  await settle();
  await made.close();
  expect(fatal).toEqual([]);
  expect(sent).toMatchObject([{ type: "refused", problem: { code: "store_not_seen" } }]);
});

test("a sync that fails for an attempt that was overtaken ends the process", async () => {
  const error = new WallarooError("fsync_failed", "it did not keep it", { domain: "external" });
  const sync = Promise.withResolvers<never>();
  const part = { barrier: () => sync.promise, kill: async () => undefined };
  const store = { blobs: { get: async () => new Uint8Array() } };
  const { made, sent, fatal } = commander(async () => store, part);
  made.take(order as never);
  await settle();
  made.take({ type: "barrier", job: "job", generation: order.generation, epoch: 1, damaged: [] });
  made.take({ ...order, generation: { leaderEpoch: 1, attempt: 2 } } as never);
  sync.reject(error);
  await settle();
  await made.close();
  expect(fatal).toEqual([error]);
  expect(sent.map(({ type }) => type)).toEqual(["ready", "ready"]);
});
