/**
 * Reads the files of checkpoints back while jobs run, slowly, and compares them with what manifests
 * say: what rots in a store is found while the state is still in memory, and can be written anew.
 *
 * Owns: which file was read when. Does not own: what is done about a damaged one.
 *
 * Y1. Each file is read soon after a manifest names it, and again once in a while.
 * Y2. All together read a bounded number of bytes a second, one piece after the other.
 * Y3. A file is damaged when it is wrong several times running, and still needed. A store that
 *     does not answer says nothing of its files.
 */
import type { FileRef } from "../model/checkpoint.ts";
import { VERIFY_BYTES_PER_S, VERIFY_TRIES } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import { readBack, type Verdict } from "./read-back.ts";

export interface VerifierSettings {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** After so long a file is read again. */
  readonly againMs: number;
  /** A file of this job is damaged. Told once for each file. */
  readonly damaged: (job: string, name: string) => void;
}

interface Checked {
  readonly job: string;
  readonly file: FileRef;
  state: "due" | "good" | "damaged";
}

export class Verifier {
  readonly #settings: VerifierSettings;
  /** What newest checkpoints name, by name, in the order in which it was named first. */
  readonly #files = new Map<string, Checked>();
  #isBusy = false;
  #again: Timer | undefined;

  constructor(settings: VerifierSettings) {
    this.#settings = settings;
  }

  /** From now on these are the files of the job. */
  offer(job: string, files: readonly FileRef[]): void {
    const names = new Set(files.map(({ name }) => name));
    for (const [name, known] of this.#files) {
      if (known.job === job && !names.has(name)) this.#files.delete(name);
    }
    for (const file of files) {
      if (!this.#files.has(file.name)) this.#files.set(file.name, { job, file, state: "due" });
    }
    void this.#run();
  }

  /** The job is over. */
  forget(job: string): void {
    this.offer(job, []);
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#due(); next !== undefined; next = this.#due()) await this.#check(next);
    this.#isBusy = false;
    this.#runAgain();
  }

  /** Y1 */
  #runAgain(): void {
    const { clock, againMs } = this.#settings;
    if (this.#again !== undefined || this.#files.size === 0) return;
    this.#again = clock.after(againMs, () => {
      this.#again = undefined;
      for (const one of this.#files.values()) if (one.state === "good") one.state = "due";
      void this.#run();
    });
  }

  #due(): Checked | undefined {
    for (const one of this.#files.values()) if (one.state === "due") return one;
    return undefined;
  }

  /** Y3 */
  async #check(one: Checked): Promise<void> {
    const { clock, log, damaged } = this.#settings;
    const { job, file } = one;
    const { name } = file;
    let verdict: Verdict = "good";
    for (let attempt = 1; attempt <= VERIFY_TRIES; attempt++) {
      verdict = await this.#read(one);
      if (verdict === "good" || !this.#isWanted(one)) break;
      await new Promise<void>((resolve) => void clock.after(1_000, resolve));
    }
    one.state = "good";
    if (verdict === "good" || !this.#isWanted(one)) return;
    const { why, isDamage } = verdict;
    if (!isDamage) {
      log.debug("a file of a checkpoint could not be read back", { job, file: name, why });
      return;
    }
    one.state = "damaged";
    log.error("a file of the newest checkpoint is damaged; what is in it is written anew", {
      job,
      file: name,
      why,
    });
    damaged(job, name);
  }

  #isWanted({ file }: Checked): boolean {
    return this.#files.has(file.name);
  }

  /** Y2 */
  async #read(one: Checked): Promise<Verdict> {
    const { clock } = this.#settings;
    return await readBack(this.#settings, one.file, async (bytes) => {
      const pauseMs = (bytes * 1_000) / VERIFY_BYTES_PER_S;
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      return this.#isWanted(one);
    });
  }
}
