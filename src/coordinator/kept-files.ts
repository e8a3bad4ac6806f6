/**
 * Which files of jobs are needed: what no checkpoint and no savepoint names is removed.
 *
 * Owns: the savepoints that are being written, and the sweeper.
 *
 * S1. Files go only after no manifest that is kept names them, and only by who has the log.
 * S2. A checkpoint that becomes a savepoint is needed from the moment it is chosen.
 * S3. What a savepoint names that cannot be read is not known: whatever is as old as it stays.
 */
import { messageOf } from "../base/errors.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { CHECKPOINTS_KEPT } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type { JobLog } from "./job-log.ts";
import { type JobSpec, prefixOf } from "./job-spec.ts";
import { epochOfName, type Savepoint, Savepoints } from "./savepoints.ts";
import { unneededFiles } from "./snapshots.ts";
import { Sweeper } from "./sweeper.ts";

export interface KeptFilesPorts {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Logger;
}

interface SavedNow {
  readonly savepoints: readonly Manifest[];
  /** The epoch of the newest that cannot be read; -1: all can. */
  readonly unknownTo: number;
}

export class KeptFiles {
  readonly #ports: KeptFilesPorts;
  readonly #sweeper: Sweeper;
  /** Savepoints that are being written. */
  readonly #saving = new Set<Manifest>();
  #savesDone = 0;

  constructor(ports: KeptFilesPorts) {
    this.#ports = ports;
    this.#sweeper = new Sweeper(ports);
  }

  savepoints(spec: Pick<JobSpec, "lineage">): Savepoints {
    return new Savepoints(this.#ports.blobs, this.#ports.crypto, prefixOf(spec));
  }

  /** S2. Of a checkpoint that is kept now. */
  async keepSavepoint(spec: JobSpec, manifest: Manifest): Promise<Savepoint> {
    this.#saving.add(manifest);
    try {
      return { name: await this.savepoints(spec).keep(manifest), manifest };
    } finally {
      this.#saving.delete(manifest);
      this.#savesDone++;
    }
  }

  /** Removes what is given up, then maybe what crashes left. */
  async clean(spec: JobSpec, log: JobLog): Promise<void> {
    await this.#removeDropped(spec, log);
    const prefix = `${prefixOf(spec)}/`;
    await this.#sweeper.round({
      job: spec.job,
      prefix,
      needed: async () => {
        const saved = await this.#saved(spec);
        return { checkpoints: log.kept.map(({ manifest }) => manifest), ...saved };
      },
    });
  }

  /** The job is over. */
  forget(spec: JobSpec): void {
    this.#sweeper.forget(`${prefixOf(spec)}/`);
  }

  /** S1 */
  async #removeDropped(spec: JobSpec, log: JobLog): Promise<void> {
    const { blobs } = this.#ports;
    try {
      const dropped = await log.keep(CHECKPOINTS_KEPT);
      if (dropped.length === 0) return;
      const { savepoints, unknownTo } = await this.#saved(spec);
      const kept = [...log.kept.map(({ manifest }) => manifest), ...savepoints];
      const own = `${prefixOf(spec)}/`;
      for (const { name, epoch } of unneededFiles(dropped, kept)) {
        // What another job kept, and this one began from, is not ours.
        if (name.startsWith(own) && epoch > unknownTo) await blobs.remove(name);
      }
    } catch (error) {
      this.#ports.log.warn("old files of checkpoints were not removed", {
        job: spec.job,
        why: messageOf(error),
      });
    }
  }

  /** S2: those that are there, and those that are being written now. S3 */
  async #saved(spec: JobSpec): Promise<SavedNow> {
    for (;;) {
      const before = this.#savesDone;
      const { savepoints, unreadable } = await this.savepoints(spec).list();
      // One that was written meanwhile may not have been read.
      if (before !== this.#savesDone) continue;
      return {
        savepoints: [...this.#saving, ...savepoints.map(({ manifest }) => manifest)],
        unknownTo: Math.max(-1, ...unreadable.map(({ name }) => epochOfName(name))),
      };
    }
  }
}
