/** From what somebody wants deployed to a job: the app is found, bundled and tried in a child. */
import { isAbsolute, relative, resolve } from "node:path";
import { readFile } from "node:fs/promises";
import { userError } from "../base/errors.ts";
import type { BundleStore } from "../coordinator/bundle-store.ts";
import type { NewJob } from "../coordinator/job-spec.ts";
import { NAME_PATTERN } from "../control/message-shapes.ts";
import { APP_LOAD_MS } from "../model/limits.ts";
import type { DeployRequest } from "../observe/cluster-requests.ts";
import { openCache } from "./bundle-cache.ts";
import { findApp } from "./find-app.ts";
import { TryChild } from "./try-child.ts";

export interface DeployPlace {
  /** Where apps are found by name. Absolute. */
  readonly appsFolder: string;
  readonly cacheFolder: string;
  readonly bundles: BundleStore;
  /** Whether files outside of `appsFolder` may be named: who asks is this machine's own user. */
  readonly allowsPaths: boolean;
  readonly metrics: boolean;
  /** How long an app may take to load. */
  readonly loadWithinMs?: number;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** @throws {WallarooError} what is wrong with the app, its options, or the names */
export async function specOf(request: DeployRequest, place: DeployPlace): Promise<NewJob> {
  const { appsFolder, allowsPaths } = place;
  const file = findApp({ argument: request.app, appsFolder, cwd: appsFolder });
  const inside = relative(appsFolder, file);
  const isOutside = inside.startsWith("..") || isAbsolute(inside);
  if (isOutside && !allowsPaths) {
    throw userError(
      "app_not_found",
      `${request.app} is outside of the coordinator's folder of apps (${appsFolder}), which ` +
        "others can reach: put the app there, and give its name",
    );
  }
  const cacheFolder = await openCache(place.cacheFolder, appsFolder);
  const tried = await new TryChild().run(
    { file, cacheFolder, set: request.set, wantsGraph: true },
    place.loadWithinMs ?? APP_LOAD_MS,
    () => undefined,
  );
  const { app, graph } = tried;
  if (app === undefined || graph === undefined) throw new Error("the child told no graph");
  const job = request.name ?? app;
  if (!NAME_PATTERN.test(job)) {
    throw userError(
      "bad_name",
      `the job's name ${JSON.stringify(job)} is refused: a lower-case letter, then at most 62 of ` +
        "a-z, 0-9, _ and -; give another with --name",
    );
  }
  const bundle = await place.bundles.put(await readFile(resolve(tried.bundle)));
  const { set, workers, checkpointIntervalMs } = request;
  const { metrics, now } = place;
  const how = { set, workers, checkpointIntervalMs, metrics };
  return { job, app, file, bundle, ...how, createdAt: now(), graph };
}
