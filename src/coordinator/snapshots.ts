/** What workers report of one barrier, put together and compared (pure). */
import type { FileRef, Manifest, PartSnapshot, Restore } from "../model/checkpoint.ts";
import { filesOf, namesOf } from "../model/checkpoint-files.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { JobSpec } from "./job-spec.ts";

/** Without what channels carried: see `proofOf`. */
export function joinSnapshots(parts: readonly PartSnapshot[]): PartSnapshot {
  return {
    tasks: parts.flatMap(({ tasks }) => tasks),
    positions: parts.flatMap(({ positions }) => positions),
    committables: parts.flatMap(({ committables }) => committables),
  };
}

/** Whether a barrier found everything as it was, and nothing to commit. */
export function isSameSnapshot(found: PartSnapshot, base: Manifest | undefined): boolean {
  if (base === undefined || found.committables.length > 0) return false;
  return linesOf(found) === linesOf(base);
}

/** Files and positions, whatever the order in which workers told of them. */
function linesOf({ tasks, positions }: PartSnapshot): string {
  const files = tasks.flatMap((task) => task.files.map(({ name }) => name));
  const places = positions.map((one) => JSON.stringify(one));
  return [...files.toSorted(), ...places.toSorted()].join("\n");
}

/** What a generation that follows a checkpoint begins from; without one, from the start. */
export function restoreOf(base: Manifest | undefined): Restore {
  if (base === undefined) return { epoch: 0, tasks: [], positions: [], committables: [] };
  const { epoch, tasks, positions, committables } = base;
  return { epoch, tasks, positions, committables };
}

/** Of a job's code and options. */
export function versionOf(
  { bundle, set }: Pick<JobSpec, "bundle" | "set">,
  crypto: Pick<Crypto, "sha256">,
): string {
  const options = Object.entries(set).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([bundle, options]);
  return crypto.sha256(new TextEncoder().encode(text)).toHex();
}

/** Files of checkpoints that are given up, and that no other one needs. */
export function unneededFiles(
  dropped: readonly Manifest[],
  kept: readonly Manifest[],
): readonly FileRef[] {
  const needed = new Set(kept.flatMap(namesOf));
  const all = new Map(dropped.flatMap(filesOf).map((file) => [file.name, file]));
  return [...all.values()].filter(({ name }) => !needed.has(name));
}
