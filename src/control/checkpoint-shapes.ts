/** The shapes of what checkpoints are made of: in messages and in a job's log (pure). */
import {
  CHAIN_FILES_MAX,
  CHANNEL_FLOWS_MAX,
  COMMITTABLES_MAX,
  KEY_GROUPS_MAX,
  SPLITS_MAX,
  STATE_SHAPE_FIELDS_MAX,
  STEPS_MAX,
  WORKERS_MAX,
} from "../model/limits.ts";
import {
  anyOf,
  atLeast,
  bool,
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

const POSITION_TEXT_MAX = 64 * 1024;
const BLOB_NAME_MAX = 1_000;

/** Plain data of whoever reads it again, such as a sink: the codec has bounded it. */
const plain: Shape = () => undefined;
const long = text(POSITION_TEXT_MAX);

export const generation = object({ leaderEpoch: u32, attempt: u32 });

const file = object({
  name: text(BLOB_NAME_MAX, /^[A-Za-z0-9._/-]+$/),
  size: count(),
  sha256: text(64, /^[0-9a-f]{64}$/),
  epoch: count(),
});

const pair: Shape = (value, path) => {
  const problem = list(count(KEY_GROUPS_MAX), 2)(value, path);
  if (problem !== undefined) return problem;
  return (value as unknown[]).length === 2 ? undefined : `${path} is no pair`;
};

const tasks = list(
  object({
    steps: list(object({ name: long, groups: list(pair, KEY_GROUPS_MAX) }), STEPS_MAX),
    files: list(file, CHAIN_FILES_MAX),
  }),
  STEPS_MAX * WORKERS_MAX,
);

const position = anyOf(finite, long, table(anyOf(finite, long, bool), 10_000, POSITION_TEXT_MAX));

const positions = list(
  object({ source: long, split: long, position: maybe(position), isDone: bool }),
  SPLITS_MAX,
);

const committables = list(
  object({ sink: long, target: maybe(long), index: count(), pending: plain }),
  COMMITTABLES_MAX,
);

const flows = list(
  object({
    channel: count(),
    sent: maybe(count()),
    received: maybe(count()),
    sum: maybe(u32),
  }),
  CHANNEL_FLOWS_MAX,
);

const counts = { in: count(), out: count(), dropped: count(), diverted: count() };
const steps = list(object({ ...counts, step: count(STEPS_MAX) }), STEPS_MAX);

const part = { tasks, positions, committables };

export const partSnapshot = object({ ...part, flows: maybe(flows), steps: maybe(steps) });

export const restore = object({ ...part, epoch: count() });

export const states = list(
  atLeast({
    step: long,
    namespace: long,
    kind: one("value", "map", "list", "several", "aggregate"),
    parts: list(
      atLeast({
        name: long,
        kind: one("value", "map", "list", "several", "accumulator"),
        version: count(),
        canUpgrade: bool,
        shape: maybe(list(long, STATE_SHAPE_FIELDS_MAX)),
      }),
      10_000,
    ),
  }),
  STEPS_MAX,
);

/** A newer engine may keep more. */
export const manifest = atLeast({
  ...part,
  epoch: count(),
  generation,
  app: text(63),
  graphHash: text(64),
  version: maybe(text(64)),
  keyGroups: count(KEY_GROUPS_MAX, 1),
  at: finite,
  tookMs: finite,
  isFinal: bool,
  states,
  proof: maybe(
    atLeast({
      channels: count(),
      records: count(),
      total: maybe(count()),
      epochs: maybe(count()),
      steps: maybe(list(atLeast({ ...counts, name: long }), STEPS_MAX)),
    }),
  ),
});
