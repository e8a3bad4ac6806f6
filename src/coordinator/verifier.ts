/**
 * Reads the files of checkpoints and savepoints back while jobs run, slowly, and compares them with
 * what manifests say: what rots in a store is found while the state is still in memory, and can be
 * written anew; and before somebody needs a savepoint.
 *
 * Owns: which file was read when. Does not own: what is done about a damaged one.
 *
 * Y1. Each file is read soon after a manifest names it, and again once in a while.
 * Y2. All together read a bounded number of bytes a second, one piece after the other; files of
 *     newest checkpoints come first.
 * Y3. A file is damaged when it is wrong several times running, and still needed. A store that
 *     does not answer says nothing of its files.
 * Y4. A savepoint that is removed, or whole again, is not told any more.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import type { FileRef } from "../model/checkpoint.ts";
import { VERIFY_BYTES_PER_S, VERIFY_TRIES } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import { readBack, type Verdict } from "./read-back.ts";
import type { DamagedSavepoint } from "../model/cluster-status.ts";

/** What a savepoint names, or why that cannot be read. */
export interface NamedSavepoint {
  readonly name: string;
  readonly files: readonly FileRef[];
  readonly problem?: string | undefined;
}

export interface VerifierSettings {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** After so long a file is read again. */
  readonly againMs: number;
  /** Those that there are now. */
  readonly savepoints: (job: string) => Promise<readonly NamedSavepoint[]>;
  /** A file of the newest checkpoint of this job is damaged. Told once for each file. */
  readonly damaged: (job: string, name: string) => void;
  /** These savepoints are damaged, and no others. Told when that changes. */
  readonly damagedSavepoints: (job: string, all: readonly DamagedSavepoint[]) => void;
}

interface Checked {
  readonly job: string;
  readonly file: FileRef;
  isDue: boolean;
  /** What is wrong with it, as it was read last; empty where nothing is. */
  why: string;
  /** Whether the newest checkpoint names it. */
  isNewest: boolean;
  wasTold: boolean;
}

interface Job {
  savepoints: readonly NamedSavepoint[];
  /** Those that are damaged, as was told last. */
  told: readonly DamagedSavepoint[];
}

export class Verifier {
  readonly #settings: VerifierSettings;
  /** By name, in the order in which it was named first. */
  readonly #files = new Map<string, Checked>();
  readonly #jobs = new Map<string, Job>();
  #isBusy = false;
  #again: Timer | undefined;

  constructor(settings: VerifierSettings) {
    this.#settings = settings;
  }

  /** From now on these are the files of the job's newest checkpoint. */
  offer(job: string, files: readonly FileRef[]): void {
    const isNew = !this.#jobs.has(job);
    if (isNew) this.#jobs.set(job, { savepoints: [], told: [] });
    const names = new Set(files.map(({ name }) => name));
    for (const one of this.#files.values()) {
      if (one.job === job) one.isNewest = names.has(one.file.name);
    }
    for (const file of files) this.#add(job, file).isNewest = true;
    this.#drop(job);
    if (isNew) this.listSavepoints(job);
    void this.#run();
  }

  /** Its savepoints are others now. */
  listSavepoints(job: string): void {
    void this.#list(job).then(() => this.#run());
  }

  /** The job is over. */
  forget(job: string): void {
    this.#jobs.delete(job);
    for (const [name, one] of this.#files) if (one.job === job) this.#files.delete(name);
  }

  #add(job: string, file: FileRef): Checked {
    const known = this.#files.get(file.name);
    if (known !== undefined) return known;
    const fresh = { isDue: true, why: "", isNewest: false, wasTold: false };
    const added: Checked = { job, file, ...fresh };
    this.#files.set(file.name, added);
    return added;
  }

  /** What nothing of a job names any more. */
  #drop(job: string): void {
    const saved = new Set(this.#savepointsOf(job).flatMap(({ files }) => files.map(nameOf)));
    for (const [name, one] of this.#files) {
      if (one.job === job && !one.isNewest && !saved.has(name)) this.#files.delete(name);
    }
  }

  #savepointsOf(job: string): readonly NamedSavepoint[] {
    return this.#jobs.get(job)?.savepoints ?? [];
  }

  async #list(job: string): Promise<void> {
    try {
      const savepoints = await this.#settings.savepoints(job);
      const known = this.#jobs.get(job);
      if (known === undefined) return;
      known.savepoints = savepoints;
    } catch (error) {
      if (!(error instanceof WallarooError)) throw error;
      const why = messageOf(error);
      this.#settings.log.debug("savepoints could not be listed, to read them back", { job, why });
      return;
    }
    for (const { files } of this.#savepointsOf(job)) for (const file of files) this.#add(job, file);
    this.#drop(job);
    this.#tellSavepoints(job);
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
    if (this.#again !== undefined || this.#jobs.size === 0) return;
    this.#again = clock.after(againMs, () => {
      this.#again = undefined;
      // One that is written anew is not read any more, unless a savepoint has it.
      for (const one of this.#files.values()) {
        if (one.why === "" || this.#isSaved(one)) one.isDue = true;
      }
      const jobs = [...this.#jobs.keys()];
      void Promise.all(jobs.map((job) => this.#list(job))).then(() => this.#run());
    });
  }

  /** Y2 */
  #due(): Checked | undefined {
    let found: Checked | undefined;
    for (const one of this.#files.values()) {
      if (!one.isDue) continue;
      if (one.isNewest) return one;
      found ??= one;
    }
    return found;
  }

  /** Y3 */
  async #check(one: Checked): Promise<void> {
    const { clock, log } = this.#settings;
    const { job, file } = one;
    let verdict: Verdict = "good";
    for (let attempt = 1; attempt <= VERIFY_TRIES; attempt++) {
      verdict = await this.#read(one);
      if (verdict === "good" || !this.#isWanted(one)) break;
      await new Promise<void>((resolve) => void clock.after(1_000, resolve));
    }
    if (verdict !== "good" && this.#isSaved(one)) await this.#list(job); // Y4
    one.isDue = false;
    if (!this.#isWanted(one)) return;
    if (verdict !== "good" && !verdict.isDamage) {
      const { why } = verdict;
      log.debug("a file of a checkpoint could not be read back", { job, file: file.name, why });
      return;
    }
    one.why = verdict === "good" ? "" : verdict.why;
    if (one.why !== "" && one.isNewest && !one.wasTold) this.#tellNewest(one);
    this.#tellSavepoints(job);
  }

  #tellNewest(one: Checked): void {
    const { log, damaged } = this.#settings;
    const { job, file, why } = one;
    one.wasTold = true;
    log.error("a file of the newest checkpoint is damaged; what is in it is written anew", {
      job,
      file: file.name,
      why,
    });
    damaged(job, file.name);
  }

  #tellSavepoints(job: string): void {
    const { log, damagedSavepoints } = this.#settings;
    const known = this.#jobs.get(job);
    if (known === undefined) return;
    const all = known.savepoints.flatMap(({ name, files, problem }): DamagedSavepoint[] => {
      if (problem !== undefined) return [{ name, why: problem }];
      const wrong = files.map((file) => this.#files.get(file.name)).find((one) => one?.why);
      return wrong === undefined ? [] : [{ name, why: `${wrong.file.name}: ${wrong.why}` }];
    });
    const before = known.told;
    if (JSON.stringify(all) === JSON.stringify(before)) return;
    known.told = all;
    for (const { name, why } of all) {
      if (before.some((one) => one.name === name)) continue;
      const text = "a savepoint is damaged: put its file back from a copy, or take another one";
      log.error(text, { job, savepoint: name, why });
    }
    damagedSavepoints(job, all);
  }

  #isSaved({ job, file }: Checked): boolean {
    return this.#savepointsOf(job).some(({ files }) => files.map(nameOf).includes(file.name));
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

function nameOf({ name }: FileRef): string {
  return name;
}
