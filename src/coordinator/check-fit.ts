/** Whether an app can go on from a checkpoint (pure): each check throws what is in the way. */
import { userError } from "../base/errors.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { compareStates, type StateComparison } from "../model/state-compare.ts";
import { orphansOf, orphanText } from "../model/state-orphans.ts";
import type { AppGraph, NewJob } from "./job-spec.ts";
import { missingSinks } from "./left-behind.ts";

/** What becomes of each state that was kept, and why they do not fit those of an app. */
export function compareKept(
  kept: Pick<Manifest, "states" | "keyGroups">,
  { states, whole }: Pick<AppGraph, "states" | "whole">,
): StateComparison {
  const { changes, problems } = compareStates(kept.states, states);
  if (kept.keyGroups === whole.keyGroups) return { changes, problems };
  const dealt = `its keys are in ${kept.keyGroups} groups, and this engine has ${whole.keyGroups}`;
  return { changes, problems: [...problems, dealt] };
}

/** Whether states that were kept fit those of an app. @throws {WallarooError} `state_differs` */
export function checkStates(kept: Manifest, { job, graph }: NewJob): void {
  const { problems } = compareKept(kept, graph);
  if (problems.length === 0) return;
  throw userError(
    "state_differs",
    `job ${job} cannot go on from checkpoint ${kept.epoch}: ${problems.join("; ")}`,
  );
}

/** No state is left behind that is not named, and none is named that is there.
 *  @throws {WallarooError} `state_dropped` */
export function checkOrphans(
  kept: Manifest,
  { job, graph }: NewJob,
  dropped: readonly string[],
): void {
  const orphans = orphansOf(compareStates(kept.states, graph.states));
  const wrong = dropped.filter((name) => !orphans.some((one) => one.name === name));
  if (wrong.length > 0) {
    const names = orphans.map(({ name }) => `"${name}"`).join(", ") || "none";
    throw userError(
      "state_dropped",
      `"${wrong.join('", "')}" is no state that checkpoint ${kept.epoch} has and the app does ` +
        `not; there are: ${names}`,
    );
  }
  checkNotLeft(kept, { job, graph }, dropped);
}

/** No state is left behind that is not named. @throws {WallarooError} `state_dropped` */
export function checkNotLeft(
  kept: Manifest,
  { job, graph }: Pick<NewJob, "job" | "graph">,
  dropped: readonly string[],
): void {
  const orphans = orphansOf(compareStates(kept.states, graph.states));
  const lost = orphans.filter(({ name }) => !dropped.includes(name));
  if (lost.length === 0) return;
  const flags = lost.map(({ name }) => `--drop-state "${name}"`).join(" ");
  throw userError(
    "state_dropped",
    `job ${job} cannot begin from checkpoint ${kept.epoch}: it has ` +
      `${lost.map(orphanText).join("; ")} Give the step its name again, or drop it with ${flags}`,
  );
}

/** Only the sink itself can commit. @throws {WallarooError} `sink_missing` */
export function checkSinks(kept: Manifest, { job, graph }: NewJob): void {
  const missing = missingSinks(kept, graph);
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(", ");
  throw userError(
    "sink_missing",
    `job ${job} was cut off, its checkpoint ${kept.epoch} has output that may not be committed ` +
      `yet, and the app has no sink ${names}: run it once with that sink, and end it in good order`,
  );
}
