/**
 * Removes savepoints, unless another job needs their files.
 *
 * Owns: which are being removed, and which are being begun from.
 * Does not own: their files, which go with the next removal of old ones (kept-files, sweeper).
 *
 * R1. Files go only with the log that they are of, and who owns that knows what its own checkpoints
 *     name: only another job, which was begun from a savepoint, can lose what it needs.
 * R2. What is begun from is not removed meanwhile, and what is being removed is not begun from.
 * R3. Of one that cannot be read nobody knows what it names: it stays while another job needs any
 *     file of the same log that is as old.
 */
import { userError } from "../base/errors.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import type { ClusterView } from "./cluster-view.ts";
import { type JobSpec, prefixOf } from "./job-spec.ts";
import type { JobStore } from "./job-store.ts";
import { epochOfName, type SavepointPlace } from "./savepoints.ts";

interface Found extends SavepointPlace {
  /** Undefined: it cannot be read. */
  readonly manifest: Manifest | undefined;
}

export interface RemovalParts {
  readonly view: Pick<ClusterView, "kept" | "jobs">;
  readonly store: Pick<
    JobStore,
    "standing" | "manifests" | "earlier" | "savepointsOf" | "removeSavepoint"
  >;
}

export class SavepointRemoval {
  readonly #parts: RemovalParts;
  readonly #begun = new Set<SavepointPlace>();
  readonly #removed = new Set<SavepointPlace>();

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** R2. Does something for which a savepoint must stay. @throws {WallarooError} `no_checkpoint` */
  async whileThere<R>(place: SavepointPlace, work: () => Promise<R>): Promise<R> {
    if (has(this.#removed, place)) {
      throw userError("no_checkpoint", `savepoint ${textOf(place)} is being removed`);
    }
    this.#begun.add(place);
    try {
      return await work();
    } finally {
      this.#begun.delete(place);
    }
  }

  /** Of a job, or of those that it was begun from. Resolves with what was removed.
   *  @throws {WallarooError} `no_job`, `no_checkpoint`, `savepoint_in_use` */
  async remove(job: string, savepoint: string): Promise<SavepointPlace> {
    const { view, store } = this.#parts;
    const { spec } = await store.standing(view.kept(job));
    const { manifest, ...place } = await this.#find(spec, savepoint);
    this.#removed.add(place);
    try {
      if (has(this.#begun, place)) throw inUse(place, "a job is being begun from it");
      const user = await this.#userOf(job, place, manifest);
      if (user !== undefined) {
        const why = `job ${user} was begun from it, and its checkpoints need files of it still`;
        throw inUse(place, why);
      }
      await store.removeSavepoint(job, place);
      return place;
    } finally {
      this.#removed.delete(place);
    }
  }

  async #find({ job, lineage, earlier = [] }: JobSpec, savepoint: string): Promise<Found> {
    const there: string[] = [];
    for (const one of [lineage, ...earlier.map((before) => before.lineage)]) {
      const { savepoints, unreadable } = await this.#parts.store.savepointsOf(one);
      const found = savepoints.find(({ name }) => name === savepoint);
      const isThere = found !== undefined || unreadable.some(({ name }) => name === savepoint);
      if (isThere) return { lineage: one, savepoint, manifest: found?.manifest };
      there.push(...[...savepoints, ...unreadable].map(({ name }) => name));
    }
    const list = there.join(", ") || "none";
    throw userError(
      "no_checkpoint",
      `job ${job} has no savepoint ${savepoint}; there are: ${list}`,
    );
  }

  /** R1, R3. The name of another job. */
  async #userOf(owner: string, place: SavepointPlace, manifest: Manifest | undefined) {
    const { view, store } = this.#parts;
    const names = manifest && new Set(filesOf(manifest).map(({ name }) => name));
    const [own, epoch] = [`${prefixOf(place)}/`, epochOfName(place.savepoint)];
    for (const { job } of view.jobs()) {
      if (job === owner) continue;
      const { spec } = view.kept(job);
      const { kept, savepoints } = await store.manifests(spec);
      const needing = [...savepoints, ...(await store.earlier(spec))].map((one) => one.manifest);
      const isUser = [...kept, ...needing].flatMap(filesOf).some((file) => {
        if (names !== undefined) return names.has(file.name);
        return file.name.startsWith(own) && file.epoch <= epoch;
      });
      if (isUser) return job;
    }
    return undefined;
  }
}

function has(all: ReadonlySet<SavepointPlace>, { lineage, savepoint }: SavepointPlace): boolean {
  return [...all].some((one) => one.lineage === lineage && one.savepoint === savepoint);
}

function textOf({ lineage, savepoint }: SavepointPlace): string {
  return `${savepoint} of ${lineage}`;
}

function inUse(place: SavepointPlace, why: string): Error {
  return userError("savepoint_in_use", `savepoint ${textOf(place)} is not removed: ${why}`);
}
