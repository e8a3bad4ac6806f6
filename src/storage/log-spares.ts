/**
 * Segments of a record log that nobody needs any more, kept to be written over: with pages, blocks
 * and a size that are there already, writing and syncing takes half of the time of a new file.
 *
 * Owns: the spare files in a log's folder. Does not own: segments.
 *
 * P1. A file is a spare only when it is durable that it is no segment: then it may be written over.
 * P2. A spare becomes a segment only when its header is durable: no segment has another's header.
 * P3. Spares are those of this process. What another left is removed: how far it was is unknown.
 */
import { RECORD_LOG_SPARES_MAX } from "../model/limits.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import { isSpare, segmentName, spareName } from "./log-segment.ts";

export interface LogSparesSettings {
  readonly folder: string;
  readonly disk: Disk;
}

/** A file that is open to be written over. */
export interface Spare {
  readonly path: string;
  readonly file: DiskFile;
  readonly size: number;
}

export class LogSpares {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #paths: string[] = [];
  #next = 1;

  constructor({ folder, disk }: LogSparesSettings) {
    this.#folder = folder;
    this.#disk = disk;
  }

  /** P3. `names`: of all that is in the folder. */
  async sweep(names: readonly string[]): Promise<void> {
    for (const name of names.filter(isSpare)) await this.#disk.remove(`${this.#folder}/${name}`);
  }

  /** Takes a segment away, durably. P1 */
  async keep(segment: number): Promise<void> {
    const path = `${this.#folder}/${segmentName(segment)}`;
    if (this.#paths.length >= RECORD_LOG_SPARES_MAX) {
      await this.#disk.remove(path);
      await this.#disk.syncFolder(this.#folder);
      return;
    }
    const spare = `${this.#folder}/${spareName(this.#next++)}`;
    await this.#disk.rename(path, spare);
    await this.#disk.syncFolder(this.#folder);
    this.#paths.push(spare);
  }

  /** Undefined when there is none. */
  async take(): Promise<Spare | undefined> {
    const path = this.#paths.pop();
    if (path === undefined) return undefined;
    const file = await this.#disk.open(path, "update");
    try {
      return { path, file, size: (await file.stat()).size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** One that could not become a segment. Who failed has said why. */
  async discard({ path }: Spare): Promise<void> {
    await this.#disk.remove(path).catch(() => undefined);
  }

  /** Makes room on the disk. */
  async drop(): Promise<void> {
    for (const path of this.#paths.splice(0)) await this.#disk.remove(path);
  }
}
