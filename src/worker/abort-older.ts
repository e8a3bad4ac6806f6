import type { Committer, Epoch } from "../model/sink.ts";
import type { JobSettings } from "./job-settings.ts";

/**
 * Takes back what older generations prepared and nobody decided: never what is our own or newer,
 * nor what is of the checkpoint that this generation begins from. An epoch is used once, so all of
 * that is in the manifest, and commits.
 */
export async function abortOlder(
  committer: Committer | undefined,
  settings: Pick<JobSettings, "generation">,
  restored: Epoch | undefined,
): Promise<void> {
  const { generation: own = 1 } = settings;
  for (const { generation, epoch, pending } of (await committer?.list()) ?? []) {
    if (generation < own && epoch !== restored) await committer!.abort(pending);
  }
}
