/**
 * Removes what crashes left in the store: files of checkpoints that were never stored, or were
 * given up while their remover died, and what writers did not finish. Now and then, some at a time.
 *
 * Owns: when which job was looked at. Does not own: which checkpoints are kept.
 *
 * W1. Only who has just added a checkpoint to the log of the job looks at its files.
 * W2. What is in the store is listed before it is asked what is needed: what comes meanwhile is not
 *     on the list. A file is looked at again right before it goes.
 * W3. A failure costs a round and nothing else: the next one finds the same.
 */
import { messageOf } from "../base/errors.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { SWEEP_FILES_MAX, SWEEP_GRACE_MS, SWEEP_INTERVAL_MS } from "../model/limits.ts";
import type { BlobInfo, BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { oldBefore, orphanFiles } from "./orphan-files.ts";

export interface SweeperPorts {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SweptJob {
  readonly job: string;
  /** Of its names in the store, with `/` at its end. */
  readonly prefix: string;
  /** What can be begun from now: checkpoints, the newest last, and savepoints. */
  readonly needed: () => Promise<{
    readonly checkpoints: readonly Manifest[];
    readonly savepoints: readonly Manifest[];
    /** Whatever is as old as this epoch may be needed. */
    readonly unknownTo: number;
  }>;
}

export class Sweeper {
  readonly #ports: SweeperPorts;
  /** By prefix: monotonic ms of the last round. */
  readonly #last = new Map<string, number>();
  #isBusy = false;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
  }

  /** W1. Does a round, when the last one is long ago. Never throws. */
  async round(job: SweptJob): Promise<void> {
    const { clock, log } = this.#ports;
    const now = clock.monotonic();
    const last = this.#last.get(job.prefix) ?? -Infinity;
    if (this.#isBusy || now - last < SWEEP_INTERVAL_MS) return;
    this.#last.set(job.prefix, now);
    this.#isBusy = true;
    try {
      await this.#sweep(job);
    } catch (error) {
      // W3
      log.warn("files that crashes left were not removed; this is tried again later", {
        job: job.job,
        why: messageOf(error),
      });
    } finally {
      this.#isBusy = false;
    }
  }

  /** A job is over: its files are not looked at any more. */
  forget(prefix: string): void {
    this.#last.delete(prefix);
  }

  async #sweep({ job, prefix, needed }: SweptJob): Promise<void> {
    const { blobs, log } = this.#ports;
    const found = await blobs.list(prefix); // W2
    const { checkpoints, savepoints, unknownTo } = await needed();
    const newest = checkpoints.at(-1);
    if (newest === undefined) return;
    const kept = [...checkpoints, ...savepoints];
    const graceMs = SWEEP_GRACE_MS;
    const question = { prefix, blobs: found, kept, newest, unknownTo, graceMs };
    const orphans = orphanFiles(question);
    let [files, bytes] = [0, 0];
    for (const orphan of orphans.slice(0, SWEEP_FILES_MAX)) {
      if (!(await this.#isUnchanged(orphan))) continue;
      await blobs.remove(orphan.name);
      files++;
      bytes += orphan.size;
    }
    const unfinished = (await blobs.sweep?.(prefix, oldBefore(question))) ?? 0;
    if (files + unfinished === 0) return;
    const left = Math.max(0, orphans.length - SWEEP_FILES_MAX);
    const text = "files that crashes left in the store were removed";
    log.info(text, { job, files, bytes, unfinished, left });
  }

  async #isUnchanged({ name, modifiedMs }: BlobInfo): Promise<boolean> {
    return (await this.#ports.blobs.stat(name))?.modifiedMs === modifiedMs;
  }
}
