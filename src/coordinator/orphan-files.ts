/**
 * Which files of a job no checkpoint needs any more, though nobody removed them: a worker or a
 * coordinator died in between (pure).
 *
 * O1. A file that a kept checkpoint or a savepoint names stays, and one that a savepoint may name
 *     that cannot be read.
 * O2. So does one that is not older than the newest checkpoint: it may be of an epoch in progress,
 *     whose manifest comes. Behind a checkpoint no manifest names an older file that this one does
 *     not name: chains only grow at their end.
 * O3. So does one that was written a short while before the newest file of all. Times are those of
 *     the store alone: no two clocks are compared.
 */
import type { Manifest } from "../model/checkpoint.ts";
import { namesOf } from "../model/checkpoint-files.ts";
import type { BlobInfo } from "../ports/blob-store.ts";

export interface OrphanQuestion {
  /** Of the job's names in the store, with `/` at its end. */
  readonly prefix: string;
  /** All that there is of the job, listed before `kept` was read. */
  readonly blobs: readonly BlobInfo[];
  /** Checkpoints that can be begun from, and savepoints. */
  readonly kept: readonly Manifest[];
  /** The newest checkpoint of the job's log. */
  readonly newest: Manifest;
  /** The epoch of the newest savepoint that cannot be read; -1: all can. */
  readonly unknownTo: number;
  readonly graceMs: number;
}

/** The epoch that a task writes into the names of its files. */
const SEGMENT = /^(\d+)-[^/]+\.seg$/;

/** The oldest epochs first. */
export function orphanFiles(question: OrphanQuestion): readonly BlobInfo[] {
  const { blobs, kept, newest, unknownTo } = question;
  const before = oldBefore(question);
  const needed = new Set([...kept, newest].flatMap(namesOf)); // O1
  return blobs
    .map((blob) => ({ blob, epoch: epochOf(blob, question) }))
    .filter(({ epoch }) => epoch < newest.epoch && epoch > unknownTo) // O2, O1
    .filter(({ blob }) => blob.modifiedMs < before && !needed.has(blob.name)) // O3
    .sort((a, b) => a.epoch - b.epoch)
    .map(({ blob }) => blob);
}

/** Files from before are old, by the clock of the store. */
export function oldBefore({ blobs, graceMs }: Pick<OrphanQuestion, "blobs" | "graceMs">): number {
  return blobs.reduce((time, { modifiedMs }) => Math.max(time, modifiedMs), 0) - graceMs;
}

/** Infinity for what is no file of a checkpoint: it is not ours to judge. */
function epochOf({ name }: BlobInfo, { prefix }: OrphanQuestion): number {
  const match = name.startsWith(prefix) ? SEGMENT.exec(name.slice(prefix.length)) : null;
  return match === null ? Infinity : Number(match[1]);
}
