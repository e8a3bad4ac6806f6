/** Savepoints as files, for commands: the store of the cluster is read and written here. */
import { isAbsolute, resolve } from "node:path";
import type { StoreParts } from "../host/store-parts.ts";
import type { ClusterSummary } from "../model/cluster-status.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { Io } from "./command.ts";

/** Where `--from` leads: a savepoint of the store, as the coordinator names it. */
export interface SavepointPlace {
  readonly lineage: string;
  readonly savepoint: string;
}

/** Whether `--from` is a file, and no checkpoint's number or savepoint's name. */
export function isSavepointFile(from: string): boolean {
  return isAbsolute(from) || /[/\\]/.test(from) || from.toLowerCase().endsWith(".zip");
}

/** Writes a savepoint into a file. @throws {WallarooError} what export and store say */
export async function exportTo(
  client: ClusterClient,
  file: string,
  { lineage, savepoint }: SavepointPlace,
  io: Io,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const [{ exportSavepoint }, parts] = await Promise.all([
    import("../host/export-savepoint.ts"),
    partsOf(client),
  ]);
  const path = resolve(io.cwd, file);
  const { bytes } = await exportSavepoint(parts, { lineage, savepoint, path });
  return { file: path, bytes };
}

/** Brings a file into the store of a cluster. @throws {WallarooError} what import and store say */
export async function importFrom(
  client: ClusterClient,
  file: string,
  io: Io,
): Promise<SavepointPlace> {
  const [{ importSavepoint }, parts] = await Promise.all([
    import("../host/import-savepoint.ts"),
    partsOf(client),
  ]);
  const { lineage, savepoint } = await importSavepoint(parts, resolve(io.cwd, file));
  return { lineage, savepoint };
}

async function partsOf(client: ClusterClient): Promise<StoreParts> {
  const { store } = await client.get<ClusterSummary>("/v1/cluster");
  const { openStoreParts } = await import("../host/store-parts.ts");
  return await openStoreParts(store);
}
