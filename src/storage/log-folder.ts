/** The segments in a record log's folder: which there are, and what is told of them. */
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import type { Disk } from "../ports/disk.ts";
import { lossAdvice } from "./accepted-loss.ts";
import { logDamaged, segmentName, segmentOf } from "./log-segment.ts";

export interface LogFolderSettings {
  /** Absolute path. */
  readonly folder: string;
  readonly disk: Disk;
}

export class LogFolder {
  readonly onLoss: string;
  readonly #folder: string;
  readonly #disk: Disk;

  constructor({ folder, disk }: LogFolderSettings) {
    this.#folder = folder;
    this.#disk = disk;
    this.onLoss = lossAdvice(folder);
  }

  pathOf(segment: number): string {
    return `${this.#folder}/${segmentName(segment)}`;
  }

  /** For messages. */
  where(segment: number): string {
    return `the log ${this.pathOf(segment)}`;
  }

  /** The oldest first. @throws {WallarooError} `log_gap` when one between them is missing */
  numbersOf(names: readonly string[]): readonly number[] {
    const numbers = names.map(segmentOf).filter((n) => n !== undefined);
    for (const [i, segment] of numbers.entries()) {
      const wanted = numbers[0]! + i;
      if (segment === wanted) continue;
      const text = `${this.where(wanted)} is missing, and later segments are there`;
      const without = "without a copy, remove those before it, too";
      throw externalError("log_gap", `${text}: ${this.onLoss} (${without})`);
    }
    return numbers;
  }

  async remove(segment: number): Promise<void> {
    await this.#disk.remove(this.pathOf(segment));
    await this.#disk.syncFolder(this.#folder);
  }

  async removeAll(): Promise<void> {
    for (const name of await this.#disk.list(this.#folder)) {
      if (segmentOf(name) !== undefined) await this.#disk.remove(`${this.#folder}/${name}`);
    }
    await this.#disk.syncFolder(this.#folder);
  }

  damaged(where: string, why: string): WallarooError {
    return logDamaged(where, why, this.onLoss);
  }

  broken(error: unknown): WallarooError {
    if (error instanceof WallarooError && error.code === "fsync_failed") return error;
    const text = `the log ${this.#folder} could not be written and is not tried again`;
    return externalError("log_failed", `${text}: ${messageOf(error)}`, error);
  }
}
