import type { Committer } from "../model/sink.ts";
import type { JobSettings } from "./job-settings.ts";

/** Takes back what older generations prepared and nobody decided; never what is our own or newer.
 *  */
export async function abortOlder(
  committer: Committer | undefined,
  settings: Pick<JobSettings, "generation">,
): Promise<void> {
  const { generation: own = 1 } = settings;
  for (const { generation, pending } of (await committer?.list()) ?? []) {
    if (generation < own) await committer!.abort(pending);
  }
}
