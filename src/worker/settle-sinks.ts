/**
 * Before a generation begins: what the newest checkpoint names is committed, and what older
 * generations left undecided besides is taken back.
 *
 * F1. What is in a manifest commits, however often that takes; a commit is idempotent.
 * F2. Only transactions of older generations are aborted, and none of the manifest's.
 * F3. Whoever writes a connection settles it, and before it writes: a target may let in only one
 *     who goes by its name, and then keeps out whoever settles it from elsewhere.
 */
import { must } from "../base/assert.ts";
import type { Committable } from "../model/checkpoint.ts";
import type { Step } from "../model/pipeline.ts";
import type { Epoch } from "../model/sink.ts";
import { abortOlder } from "./abort-older.ts";
import type { JobSettings } from "./job-settings.ts";
import { openCommitter } from "./open.ts";
import type { PartChannels } from "./part-channels.ts";
import type { PartSettings } from "./part-contract.ts";

/** What the manifest says of one sink. */
interface Restored {
  readonly committables: readonly Committable[];
  readonly epoch: Epoch | undefined;
}

export async function settleSinks(
  part: PartSettings,
  settings: JobSettings,
  channels: PartChannels,
): Promise<void> {
  const { pipeline, plan, restore } = part;
  for (const step of pipeline.steps) {
    const { spec, name } = step;
    if (spec.kind !== "sink" && spec.kind !== "sinkEach") continue;
    const committables = restore?.committables.filter(({ sink }) => sink === name) ?? [];
    if (spec.kind === "sinkEach") {
      const task = plan.tasks.findIndex(({ steps }) => steps.includes(step.id));
      if (channels.instance(task) === 0) await settleTargets(settings, step, committables);
    } else {
      const indexes = connectionsToSettle(step.id, channels, part, committables);
      const restored = { committables, epoch: restore?.epoch };
      await settleConnections(settings, step, indexes, restored);
    }
  }
}

/** Those that are written here; and, by the worker that writes the first, those that were written
 *  by more workers than there are now. */
function connectionsToSettle(
  step: number,
  channels: PartChannels,
  { placement }: PartSettings,
  committables: readonly Committable[],
): readonly number[] {
  const own = channels.connections(step);
  if (!own.includes(0)) return own;
  const placed = must(
    placement.sinks.find((sink) => sink.step === step),
    "placed sink",
  );
  const count = placed.connections.length;
  const others = committables.map(({ index }) => index).filter((index) => index >= count);
  return [...own, ...new Set(others)];
}

async function settleConnections(
  settings: JobSettings,
  step: Step,
  indexes: readonly number[],
  { committables, epoch }: Restored,
): Promise<void> {
  for (const index of indexes) {
    const committer = await openCommitter(settings, step, undefined, index);
    const named = committables.filter((each) => each.index === index);
    for (const { pending } of named) await committer?.commit(pending); // F1
    await abortOlder(committer, settings, epoch); // F2
  }
}

async function settleTargets(
  settings: JobSettings,
  step: Step,
  committables: readonly Committable[],
): Promise<void> {
  const targets = Map.groupBy(committables, ({ target }) => target ?? "");
  for (const [target, all] of targets) {
    const committer = await openCommitter(settings, step, target, 0);
    for (const { pending } of all) await committer?.commit(pending); // F1
  }
}
