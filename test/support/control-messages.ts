/** One message of each type, in both directions. */
import type { ToCoordinator, ToWorker } from "../../src/control/messages.ts";
import { engineOf } from "../../src/control/version.ts";

const ofJob = { job: "copy", generation: { leaderEpoch: 1, attempt: 2 } };
const problem = { code: "oops", message: "it failed", domain: "user" } as const;
const HASH = "ab".repeat(32);
const BYTES = new Uint8Array(32).fill(7);

const file = { name: "jobs/copy-1/3-0.snap", size: 900, sha256: HASH, epoch: 3 };
const snapshot = {
  tasks: [{ steps: [{ name: "count", groups: [[0, 256] as const] }], files: [file] }],
  positions: [
    { source: "in", split: "a", position: { line: 7, file: "x" }, isDone: false },
    { source: "in", split: "b", position: undefined, isDone: true },
  ],
  committables: [{ sink: "out", target: undefined, index: 1, pending: { temp: "x", bytes: [1] } }],
};

const greeting = {
  worker: {
    name: "w-1",
    incarnation: "0f".repeat(16),
    engine: engineOf("1.0.0"),
    data: { host: "127.0.0.1", port: 9 },
    host: "here",
    cluster: "",
    running: ofJob,
  },
  nonce: BYTES,
  proof: BYTES,
};

export const EACH_TO_COORDINATOR: readonly ToCoordinator[] = [
  { type: "hello", ...greeting },
  { type: "pulse", ...greeting },
  { type: "heartbeat", tick: 4, rss: 1_000_000 },
  { type: "bundle_wanted", hash: HASH, offset: 0 },
  { type: "ready", ...ofJob },
  { type: "refused", ...ofJob, problem },
  { type: "started", ...ofJob },
  { type: "barrier_done", ...ofJob, epoch: 3, snapshot },
  { type: "committed", ...ofJob, epoch: 3, isSealed: true },
  { type: "drained", ...ofJob },
  { type: "failed", ...ofJob, problem },
  { type: "released", ...ofJob },
  {
    type: "report",
    ...ofJob,
    id: 1,
    status: {
      job: "copy",
      app: "copy",
      worker: "w-1",
      state: "running",
      error: undefined,
      startedAt: 1.5,
      upMs: 2.5,
      metrics: true,
      epoch: 3,
      sources: [],
      steps: [],
      sinks: [],
    },
  },
  { type: "claim", ...ofJob, source: "in", name: "7", isNew: true, room: 9 },
  { type: "give_up", ...ofJob, source: "in", name: "7", left: "120" },
  { type: "listens", ...ofJob, source: "in", addresses: [{ host: "::1", port: 7100 }] },
  { type: "bye" },
];

export const EACH_TO_WORKER: readonly ToWorker[] = [
  { type: "challenge", nonce: BYTES, engine: engineOf("1.0.0"), cluster: "0f".repeat(16) },
  { type: "welcome", leaderEpoch: 1, proof: BYTES, heartbeatMs: 500 },
  { type: "heard" },
  { type: "refuse", code: "name_in_use", message: "taken", retryable: true },
  { type: "bundle_chunk", hash: HASH, offset: 0, size: 32, bytes: BYTES },
  {
    type: "deploy",
    ...ofJob,
    app: "copy",
    bundle: HASH,
    set: { in: "127.0.0.1:1" },
    graphHash: "abcd",
    graph: ["a", "b"],
    placement: {
      workers: [{ name: "w-1", data: { host: "127.0.0.1", port: 9 }, host: "here" }],
      tasks: [{ instances: [0], groups: [0, 0, 0] }],
      sources: [{ step: 0, instances: [0] }],
      sinks: [{ step: 3, connections: [0] }],
    },
    self: 0,
    metrics: true,
    store: {
      url: "file:///var/lib/store",
      prefix: "jobs/copy-1",
      proof: { name: "proofs/1", sha256: HASH },
    },
    restore: { ...snapshot, epoch: 3 },
  },
  { type: "start", ...ofJob },
  { type: "barrier", ...ofJob, epoch: 3, damaged: ["jobs/a-1/1-0-0-1.1.seg"] },
  { type: "commit", ...ofJob, epoch: 3 },
  { type: "drain", ...ofJob },
  { type: "release", ...ofJob },
  { type: "claimed", ...ofJob, source: "in", name: "7", answer: { type: "granted", left: "" } },
  { type: "claim_free", ...ofJob, source: "in", name: "7" },
  { type: "others", ...ofJob, source: "in", addresses: [{ host: "::1", port: 7100 }] },
  { type: "report_wanted", ...ofJob, id: 1 },
];
