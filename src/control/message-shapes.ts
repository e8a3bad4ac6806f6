/** The shape of every message: what a decoded one is checked against (pure). */
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_CHUNK_BYTES,
  CLAIM_TEXT_MAX,
  DAMAGED_FILES_MAX,
  SINK_CONNECTIONS_MAX,
  STEPS_MAX,
  WORKERS_MAX,
} from "../model/limits.ts";
import { generation, partSnapshot, restore } from "./checkpoint-shapes.ts";
import type { ToCoordinator, ToWorker } from "./messages.ts";
import {
  anyOf,
  atLeast,
  bool,
  bytes,
  count,
  finite,
  list,
  maybe,
  object,
  one,
  type Shape,
  table,
  text,
  u32,
} from "./shape.ts";

/** What names of jobs, apps and workers are. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;
/** Key groups that a placement may have. */
const GROUPS_MAX = 65_536;
const MESSAGE_MAX = 64 * 1024;
const OPTIONS_MAX = 1_000;
const NONCE_BYTES = 32;
const PROOF_BYTES = 32;

const name = text(63, NAME_PATTERN);
const hash = text(64, /^[0-9a-f]{64}$/);
const cluster = text(32, /^(?:[0-9a-f]{32})?$/);
const nonce = bytes(NONCE_BYTES, NONCE_BYTES);
const proof = bytes(PROOF_BYTES, PROOF_BYTES);
const address = object({ host: text(255), port: count(65_535), path: maybe(text(107)) });
const ofJob = { job: name, generation };
const engine = object({ version: text(100), protocol: u32, protocolMin: u32 });
const step = count(STEPS_MAX);
const indexes = (max: number): Shape => list(count(max), max);

const problem = object({
  code: text(100),
  message: text(MESSAGE_MAX),
  domain: one("user", "external", "internal"),
  peer: maybe(name),
});

const placement = object({
  workers: list(object({ name, data: address, host: text(255) }), WORKERS_MAX),
  tasks: list(
    object({ instances: indexes(WORKERS_MAX), groups: list(count(WORKERS_MAX), GROUPS_MAX) }),
    STEPS_MAX,
  ),
  sources: list(object({ step, instances: indexes(WORKERS_MAX) }), STEPS_MAX),
  sinks: list(
    object({ step, connections: list(count(WORKERS_MAX), SINK_CONNECTIONS_MAX) }),
    STEPS_MAX,
  ),
});

const facts = table(anyOf(finite, text(10_000)), 1_000);
const shownText = text(10_000);

/** What is shown may have more fields: a newer worker may tell more. */
const status = atLeast({
  job: name,
  app: name,
  worker: name,
  state: one("starting", "running", "stopping", "finished", "stopped", "failed"),
  error: maybe(text(MESSAGE_MAX)),
  startedAt: finite,
  upMs: finite,
  metrics: bool,
  epoch: count(),
  sources: list(
    atLeast({
      name: shownText,
      kind: shownText,
      about: shownText,
      addresses: list(address, 10_000),
      splits: count(),
      records: count(),
      bytes: count(),
      invalid: count(),
      pending: count(),
      isFinished: bool,
      producers: list(
        atLeast({ peer: text(300), bytes: count(), frames: count(), isOpen: bool }),
        100_000,
      ),
      facts,
    }),
    STEPS_MAX,
  ),
  steps: list(
    atLeast({
      name: shownText,
      kind: shownText,
      recordsIn: maybe(count()),
      recordsOut: maybe(count()),
      failed: count(),
      keys: maybe(count()),
    }),
    STEPS_MAX,
  ),
  sinks: list(
    atLeast({
      name: shownText,
      kind: shownText,
      about: shownText,
      delivery: shownText,
      records: count(),
      pending: count(),
      isBlocked: bool,
      facts,
    }),
    STEPS_MAX,
  ),
});

const claimText = text(CLAIM_TEXT_MAX);
const ofClaim = { ...ofJob, source: shownText, name: claimText };
const listeners = { ...ofJob, source: shownText, addresses: list(address, 10_000) };

type Shapes<M extends { readonly type: string }> = Readonly<Record<M["type"], Shape>>;

const message = (type: string, fields: Readonly<Record<string, Shape>>): Shape =>
  object({ type: one(type), ...fields });

const greeting = {
  worker: object({
    name,
    incarnation: text(32, /^[0-9a-f]{32}$/),
    engine,
    data: address,
    host: text(255),
    cluster,
    running: maybe(object(ofJob)),
  }),
  nonce,
  proof,
};

export const TO_COORDINATOR: Shapes<ToCoordinator> = {
  hello: message("hello", greeting),
  pulse: message("pulse", greeting),
  heartbeat: message("heartbeat", { tick: count(), rss: count() }),
  bundle_wanted: message("bundle_wanted", { hash, offset: count(BUNDLE_BYTES_MAX) }),
  ready: message("ready", ofJob),
  refused: message("refused", { ...ofJob, problem }),
  started: message("started", ofJob),
  barrier_done: message("barrier_done", { ...ofJob, epoch: count(), snapshot: partSnapshot }),
  committed: message("committed", { ...ofJob, epoch: count(), isSealed: bool }),
  drained: message("drained", ofJob),
  failed: message("failed", { ...ofJob, problem }),
  released: message("released", ofJob),
  claim: message("claim", { ...ofClaim, isNew: bool, room: count() }),
  give_up: message("give_up", { ...ofClaim, left: claimText }),
  listens: message("listens", listeners),
  report: message("report", { ...ofJob, id: count(), status }),
  bye: message("bye", {}),
};

export const TO_WORKER: Shapes<ToWorker> = {
  challenge: message("challenge", { nonce, engine, cluster }),
  welcome: message("welcome", { leaderEpoch: u32, proof, heartbeatMs: count(60_000, 10) }),
  heard: message("heard", {}),
  refuse: message("refuse", { code: text(100), message: text(MESSAGE_MAX), retryable: bool }),
  bundle_chunk: message("bundle_chunk", {
    hash,
    offset: count(BUNDLE_BYTES_MAX),
    size: count(BUNDLE_BYTES_MAX),
    bytes: bytes(BUNDLE_CHUNK_BYTES, 1),
  }),
  deploy: message("deploy", {
    ...ofJob,
    app: name,
    bundle: hash,
    set: table(text(MESSAGE_MAX), OPTIONS_MAX),
    graphHash: text(64, /^[0-9a-f]+$/),
    graph: list(text(MESSAGE_MAX), STEPS_MAX),
    placement,
    self: count(WORKERS_MAX),
    metrics: bool,
    store: object({
      url: text(10_000),
      prefix: text(1_000),
      proof: object({ name: text(1_000), sha256: hash }),
    }),
    restore,
  }),
  start: message("start", ofJob),
  barrier: message("barrier", {
    ...ofJob,
    epoch: count(),
    damaged: list(text(1_000), DAMAGED_FILES_MAX),
  }),
  commit: message("commit", { ...ofJob, epoch: count() }),
  drain: message("drain", ofJob),
  release: message("release", ofJob),
  claimed: message("claimed", {
    ...ofClaim,
    answer: anyOf(
      object({ type: one("granted"), left: claimText }),
      object({ type: one("taken"), by: name }),
      object({ type: one("full") }),
    ),
  }),
  claim_free: message("claim_free", ofClaim),
  others: message("others", listeners),
  report_wanted: message("report_wanted", { ...ofJob, id: count() }),
};
