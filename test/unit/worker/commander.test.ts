import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import type { ToCoordinator } from "../../../src/control/messages.ts";
import { Commander } from "../../../src/worker/commander.ts";
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
  placement: { workers: [{ name: "w1" }], tasks: [], sinks: [] },
  self: 0,
  metrics: false,
  store: { url: "file:///store", prefix: "jobs/job/", proof: { name: "proof", sha256: "" } },
  restore: { epoch: 0, tasks: [], positions: [], committables: [] },
} as const;

function commander(openError: Error) {
  const [sent, fatal]: [ToCoordinator[], WallarooError[]] = [[], []];
  const built = { pipeline: {}, plan: { graphHash: "same" }, lines: [], release: () => undefined };
  const made = new Commander({
    worker: "w1",
    log: new KeptLogger(),
    apps: { has: async () => true, build: async () => built } as never,
    fetch: {} as never,
    makePart: async () => ({}) as never,
    openStore: () => Promise.reject(openError),
    crypto: {} as never,
    send: (message) => void sent.push(message),
    onFatal: (error) => void fatal.push(error),
  });
  return { made, sent, fatal };
}

test("a store whose disk failed to sync ends the process: a new one can open it", async () => {
  const error = new WallarooError("fsync_failed", "it did not keep it", { domain: "external" });
  const { made, sent, fatal } = commander(error);
  made.take(order as never);
  await settle();
  await made.close();
  expect(fatal).toEqual([error]);
  expect(sent.filter(({ type }) => type === "ready")).toEqual([]);
});

test("a store that is away ends nothing, and is told", async () => {
  const { made, sent, fatal } = commander(new Error("no answer"));
  made.take(order as never);
  await settle();
  await made.close();
  expect(fatal).toEqual([]);
  expect(sent).toMatchObject([{ type: "refused", problem: { code: "store_not_seen" } }]);
});
