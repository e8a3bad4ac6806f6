/** Sends a piece of an app's bundle to a worker that asks for it, if some job runs that app. */
import { messageOf } from "../base/errors.ts";
import type { BundleStore } from "./bundle-store.ts";
import type { Door } from "./door.ts";

export interface Shipping {
  readonly door: Door;
  readonly bundles: BundleStore;
  readonly isOfJob: (hash: string) => boolean;
}

export function shipBundle(
  { door, bundles, isOfJob }: Shipping,
  connection: number,
  hash: string,
  offset: number,
): void {
  if (!isOfJob(hash)) {
    door.note("no_bundle", `a bundle ${hash} is wanted, which is of no job`);
    return;
  }
  bundles.chunk(hash, offset).then(
    (chunk) => {
      if (chunk.bytes.length === 0) door.closeConnection(connection, "offset out of range");
      else door.send(connection, { type: "bundle_chunk", hash, offset, ...chunk });
    },
    (error: unknown) => door.note("no_bundle", messageOf(error)),
  );
}
