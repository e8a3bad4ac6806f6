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

export interface SavepointExport {
  /** Writes a savepoint into the file. @throws {WallarooError} what export and store say */
  write(place: SavepointPlace): Promise<{ readonly file: string; readonly bytes: number }>;
}

/** Where the store and the file can be reached: before a savepoint is taken that would be kept.
 *  @throws {WallarooError} `file_exists`, `no_target`, what the store says */
export async function openExport(
  client: ClusterClient,
  file: string,
  io: Io,
): Promise<SavepointExport> {
  const [{ checkTarget, exportSavepoint }, parts] = await Promise.all([
    import("../host/export-savepoint.ts"),
    partsOf(client),
  ]);
  const path = resolve(io.cwd, file);
  await checkTarget(parts.disk, path);
  return {
    async write({ lineage, savepoint }) {
      const { bytes } = await exportSavepoint(parts, { lineage, savepoint, path });
      return { file: path, bytes };
    },
  };
}

/** What was kept for an export that failed. */
export function keptText(job: string, savepoint: string): string {
  return (
    `savepoint ${savepoint} of ${job} is kept all the same: ` +
    `\`wallaroo savepoint ${job} --remove ${savepoint}\` removes it`
  );
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
