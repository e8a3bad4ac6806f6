/** Savepoints in stores of simulated disks, to be exported and brought elsewhere. */
import type { Manifest } from "../../src/model/checkpoint.ts";
import { Savepoints } from "../../src/coordinator/savepoints.ts";
import { exportSavepoint } from "../../src/host/export-savepoint.ts";
import type { StoreParts } from "../../src/host/store-parts.ts";
import { ALL, context, headerOf, SnapshotLab, SPECS } from "./snapshot-lab.ts";

export const LINEAGE = "test-0123456789ab";
export const ZIP = "/out/test.zip";

export interface Saved {
  readonly lab: SnapshotLab;
  readonly manifest: Manifest;
  readonly savepoint: string;
}

/** A store with one savepoint, of a chain of two files. */
export async function saved(keys = 20): Promise<Saved> {
  const lab = new SnapshotLab();
  const specs = { value: SPECS["value"]! };
  const tables = lab.tables(specs);
  const to = { blobs: lab.store.blobs, prefix: `jobs/${LINEAGE}` };
  const keeper = lab.keeper(tables, ALL, [], undefined, to);
  const write = async (epoch: number) => {
    keeper.freeze(epoch);
    return await lab.done(keeper.write(epoch));
  };
  for (let key = 0; key < keys; key++) {
    (tables[0]!.access(`k${key}`, 0, context).value as { n: number }).n = key;
  }
  await write(6);
  (tables[0]!.access("k1", 0, context).value as { n: number }).n = 1_000;
  const tasks = await write(7);
  const manifest: Manifest = {
    epoch: 7,
    generation: { leaderEpoch: 1, attempt: 1 },
    app: "test",
    graphHash: "ab",
    keyGroups: 256,
    at: Date.UTC(2026, 1, 3),
    tookMs: 1,
    isFinal: false,
    states: [headerOf("value", specs.value)],
    tasks,
    positions: [],
    committables: [],
  };
  const savepoint = await new Savepoints(to.blobs, lab.crypto, to.prefix).keep(manifest);
  return { lab, manifest, savepoint };
}

/** The ZIP of a savepoint. */
export async function exported({ lab, savepoint }: Saved): Promise<Uint8Array> {
  await lab.disk.makeFolder("/out");
  await exportSavepoint(partsOf(lab), { lineage: LINEAGE, savepoint, path: ZIP });
  return bytesOf(lab, ZIP);
}

export function partsOf({ store, disk, crypto }: SnapshotLab): StoreParts {
  return { store, disk, crypto };
}

/** A file of a simulated disk. */
export function bytesOf({ disk }: SnapshotLab, path: string): Uint8Array {
  return Uint8Array.from(Buffer.from(disk.text(path, "latin1"), "latin1"));
}

/** Another cluster: an empty store, and the file on its disk. */
export function elsewhere(zip: Uint8Array): SnapshotLab {
  const lab = new SnapshotLab();
  lab.disk.put(ZIP, zip);
  return lab;
}
