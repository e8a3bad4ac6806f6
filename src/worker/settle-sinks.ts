/**
 * Before a generation begins: what the newest checkpoint names is committed, and what older
 * generations left undecided besides is taken back.
 *
 * F1. What is in a manifest commits, however often that takes; a commit is idempotent.
 * F2. Only transactions of older generations are aborted, and only after F1.
 *
 * Of each sink one worker does so, for all of its connections, whoever wrote them.
 */
import type { Committable } from "../model/checkpoint.ts";
import type { Step } from "../model/pipeline.ts";
import type { Committer } from "../model/sink.ts";
import { abortOlder } from "./abort-older.ts";
import type { JobSettings } from "./job-settings.ts";
import { openCommitter } from "./open.ts";
import type { PartChannels } from "./part-channels.ts";
import type { PartSettings } from "./part-contract.ts";

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
    } else if (channels.connections(step.id).includes(0)) {
      await settleConnections(settings, step, spec.connections, committables);
    }
  }
}

async function settleConnections(
  settings: JobSettings,
  step: Step,
  count: number,
  committables: readonly Committable[],
): Promise<void> {
  const before = committables.map(({ index }) => index + 1);
  const committers: (Committer | undefined)[] = [];
  for (let index = 0; index < Math.max(count, ...before); index++) {
    committers.push(await openCommitter(settings, step, undefined, index));
  }
  for (const { index, pending } of committables) await committers[index]?.commit(pending); // F1
  for (const committer of committers) await abortOlder(committer, settings); // F2
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
