/** A store looked at from outside of a cluster: its jobs, their checkpoints, what is in them. */
import { externalError, messageOf, userError, WallarooError } from "../base/errors.ts";
import { SegmentReader } from "../checkpoint/segment-reader.ts";
import type { SegmentPorts } from "../checkpoint/segment-writer.ts";
import { JobLog } from "../coordinator/job-log.ts";
import { isDamagedName, Savepoints } from "../coordinator/savepoints.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Store } from "../ports/store.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { type DumpedEntry, dumpStep } from "./dump-step.ts";
import { folderOf, openStore } from "./open-store.ts";
import { readAnew } from "./read-anew.ts";
import { systemClock } from "./system-clock.ts";
import { systemCrypto } from "./system-crypto.ts";
import { systemRandom } from "./system-random.ts";
import { zstd } from "./zstd.ts";

export interface FoundCheckpoint {
  /** The whole name of its job. */
  readonly lineage: string;
  readonly manifest: Manifest;
  readonly savepoint: string | undefined;
}

export interface Looked {
  /** The whole name of its job. */
  readonly lineage: string;
  readonly manifest: Manifest;
  /** What is wrong with its files; empty when they are there. */
  readonly damage: readonly string[];
}

/** What of a job cannot be read: its log, or a savepoint. */
export interface Unreadable {
  /** Undefined: the log. */
  readonly savepoint: string | undefined;
  readonly problem: string;
}

export interface FoundOfJob {
  /** The oldest first. */
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Of these it is not known which files they name. */
  readonly unreadable: readonly Unreadable[];
}

/** Of one file: whether it is whole, or why not. */
export interface FileVerdict {
  readonly name: string;
  readonly size: number;
  readonly problem: string | undefined;
}

/** Its own trouble is thrown; what is tried again meanwhile is nobody's business. */
const QUIET: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => QUIET,
};

/** How often a log is read that changes. */
const LOG_TRIES = 10;
/** A log is what is wrong, and not the way to it. */
const DAMAGE: ReadonlySet<string> = new Set(["log_damaged", "log_gap", "disk"]);

/** @throws {WallarooError} `bad_store`, `no_store`, what the store says */
export async function readStore(url: string): Promise<StoreReader> {
  if (url.startsWith("file://")) await checkThere(url);
  return new StoreReader(await openStore(url, { disk: systemDisk(), crypto: systemCrypto() }));
}

/** To look at a store makes none: a path that is wrong would look like one that is empty. */
async function checkThere(url: string): Promise<void> {
  const folder = folderOf(url);
  if ((await systemDisk().stat(folder))?.isDirectory === true) return;
  throw userError(
    "no_store",
    `there is no store in ${folder}: name it with --store, or with --data the folder of the ` +
      "coordinator or of run --data",
  );
}

/** The URL of the store in the folder of a coordinator, or of `run --data`. Absolute path. */
export async function storeIn(data: string, disk: Disk = systemDisk()): Promise<string> {
  const [own, ofRun] = [`${data}/store`, `${data}/run/store`];
  const isOfRun = (await disk.stat(own)) === undefined && (await disk.stat(ofRun)) !== undefined;
  return `file://${isOfRun ? ofRun : own}`;
}

export class StoreReader {
  readonly #store: Store;
  readonly #ports: SegmentPorts;

  constructor(store: Store) {
    this.#store = store;
    this.#ports = { blobs: store.blobs, crypto: systemCrypto(), compressor: zstd() };
  }

  /** URL of the store. */
  get url(): string {
    return this.#store.url;
  }

  /** Names of jobs in the store, with the suffix that tells one from the next of its name. */
  async jobs(): Promise<readonly string[]> {
    const blobs = (await this.#store.blobs.list("jobs/")).map(({ name }) => name);
    // One whose files are all gone is told of by its log alone.
    const all = [...blobs, ...(await this.#store.logs("jobs"))];
    return [...new Set(all.map((name) => name.split("/")[1]!))].sort();
  }

  /** The jobs that are meant: one by its whole name, or all of a name.
   *  @throws {WallarooError} `no_job` */
  async named(job: string | undefined): Promise<readonly string[]> {
    const all = await this.jobs();
    const found = all.filter((name) => job === undefined || name === job || isOf(name, job));
    if (found.length > 0 || job === undefined) return found;
    const there = all.join(", ") || "none";
    throw userError(
      "no_job",
      `the store ${this.#store.url} has no job ${job}; there are: ${there}`,
    );
  }

  /** All that can be read of it. @throws {WallarooError} what the store says */
  async checkpoints(lineage: string): Promise<FoundOfJob> {
    const prefix = `jobs/${lineage}`;
    const [kept, ofLog] = await this.#kept(prefix);
    const all = await new Savepoints(this.#store.blobs, this.#ports.crypto, prefix).list();
    const found = new Map<number, FoundCheckpoint>();
    for (const manifest of kept) {
      found.set(manifest.epoch, { lineage, manifest, savepoint: undefined });
    }
    for (const { name: savepoint, manifest } of all.savepoints) {
      found.set(manifest.epoch, { lineage, manifest, savepoint });
    }
    const checkpoints = [...found.values()].sort((a, b) => a.manifest.epoch - b.manifest.epoch);
    const saved = all.unreadable.map(({ name, why }) => ({ savepoint: name, problem: why }));
    return { checkpoints, unreadable: [...ofLog, ...saved] };
  }

  async #kept(prefix: string): Promise<[readonly Manifest[], readonly Unreadable[]]> {
    try {
      return [(await this.#log(prefix)).kept.map(({ manifest }) => manifest), []];
    } catch (error) {
      if (!(error instanceof WallarooError) || !DAMAGE.has(error.code)) throw error;
      return [[], [{ savepoint: undefined, problem: error.message }]];
    }
  }

  /** While its job runs, records are dropped that were listed a moment before. */
  async #log(prefix: string): Promise<JobLog> {
    const ports = { clock: systemClock(), random: systemRandom(), log: QUIET };
    return await readAnew(LOG_TRIES, async () => {
      return await JobLog.open(await this.#store.log(prefix), ports);
    });
  }

  /**
   * One checkpoint: by its number or the name of a savepoint, else the newest. Of several jobs of a
   * name, that of the newest: one that was begun anew, or brought here from elsewhere.
   * @throws {WallarooError} `no_job`, `no_checkpoint`, `damaged`
   */
  async choose(job: string, at: string | undefined): Promise<FoundCheckpoint> {
    const all: FoundCheckpoint[] = [];
    for (const lineage of await this.named(job)) {
      const { checkpoints, unreadable } = await this.checkpoints(lineage);
      all.push(...checkpoints);
      // Behind a log that cannot be read nobody knows which is the newest.
      const wrong = unreadable.find(({ savepoint }) => savepoint === at);
      if (wrong !== undefined) throw externalError("damaged", wrong.problem);
    }
    const isMeant = ({ manifest, savepoint }: FoundCheckpoint): boolean =>
      at === undefined
        ? savepoint === undefined || !isDamagedName(savepoint)
        : savepoint === at || `${manifest.epoch}` === at;
    const [newest] = all.filter(isMeant).sort((a, b) => b.manifest.at - a.manifest.at);
    if (newest !== undefined) return newest;
    const there = all.map(({ manifest }) => manifest.epoch).join(", ") || "none";
    throw userError("no_checkpoint", `${job} has no checkpoint ${at ?? ""}; there are: ${there}`);
  }

  /** One checkpoint, as `choose` does, and which of its files are not there as they were written:
   *  by their sizes, nothing of them is read. @throws {WallarooError} as `choose` */
  async look(job: string, at: string | undefined): Promise<Looked> {
    let found = await this.choose(job, at);
    for (;;) {
      const { lineage, manifest } = found;
      const damage = await this.#lacking(manifest);
      if (damage.length === 0) return { lineage, manifest, damage };
      // Its job may have given it up meanwhile.
      const again = await this.choose(job, at);
      if (again.manifest.epoch === manifest.epoch) return { lineage, manifest, damage };
      found = again;
    }
  }

  async #lacking(manifest: Manifest): Promise<readonly string[]> {
    const damage: string[] = [];
    for (const { name, size } of filesOf(manifest)) {
      const found = await this.#store.blobs.stat(name);
      if (found === undefined) damage.push(`${name} is not there`);
      else if (found.size !== size) damage.push(`${name} has ${found.size} bytes, and had ${size}`);
    }
    return damage.map((what) => `checkpoint ${manifest.epoch} is damaged: ${what}`);
  }

  /** Reads all files of a checkpoint, every block of them. Those of one that its job has given up
   *  meanwhile may be gone: undefined. */
  async verify(lineage: string, manifest: Manifest): Promise<readonly FileVerdict[] | undefined> {
    const verdicts = await this.#verdicts(manifest);
    if (verdicts.every(({ problem }) => problem === undefined)) return verdicts;
    const { checkpoints: there, unreadable } = await this.checkpoints(lineage);
    const isThere = there.some((one) => one.manifest.epoch === manifest.epoch);
    return isThere || unreadable.length > 0 ? verdicts : undefined;
  }

  async #verdicts(manifest: Manifest): Promise<readonly FileVerdict[]> {
    const verdicts: FileVerdict[] = [];
    for (const file of filesOf(manifest)) {
      let problem: string | undefined;
      try {
        const reader = await SegmentReader.open(this.#ports, file);
        await reader.check();
        for await (const _ of reader.blocks()); // Each is checked.
      } catch (error) {
        problem = messageOf(error);
      }
      verdicts.push({ name: file.name, size: file.size, problem });
    }
    return verdicts;
  }

  /** The state of a step: each entry as it is put back. */
  async dump(manifest: Manifest, step: string): Promise<readonly DumpedEntry[]> {
    const found = await dumpStep(this.#ports, manifest, step);
    if (found !== undefined) return found;
    const there = [...new Set(manifest.states.map((one) => one.step))].join(", ") || "none";
    throw userError("no_step", `no state of a step "${step}" is there; there are: ${there}`);
  }
}

/** `word-count` is what `word-count-0a1b2c3d4e5f` is called. */
function isOf(lineage: string, job: string): boolean {
  return lineage.startsWith(`${job}-`) && /^[0-9a-f]{12}$/.test(lineage.slice(job.length + 1));
}
