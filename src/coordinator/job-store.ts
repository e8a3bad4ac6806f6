/**
 * What jobs keep in the store: takes their logs for generations, adds checkpoints, removes what
 * nobody needs any more.
 *
 * Owns: the open logs, the proof that workers see this store.
 * Does not own: when a checkpoint is taken (rounds), what is in its files (workers), which of them
 * are needed (kept-files).
 *
 * S3. A store that does not answer is waited for: a job is given up only for what no waiting mends.
 */
import { must } from "../base/assert.ts";
import { userError, WallarooError } from "../base/errors.ts";
import type { StoreOfJob } from "../control/messages.ts";
import { isSameGeneration } from "../control/messages.ts";
import type { FlowProof, Manifest, PartSnapshot } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import { VERIFY_AGAIN_MS } from "../model/limits.ts";
import type { Generation } from "../model/placement.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import { before, type EarlierKept, earlierKept } from "./earlier-kept.ts";
import type { JobEvent } from "./job-events.ts";
import { JobLog } from "./job-log.ts";
import type { Past, WentBack } from "./job-records.ts";
import { type JobSpec, prefixOf } from "./job-spec.ts";
import { KeptFiles } from "./kept-files.ts";
import { lookBack } from "./look-back.ts";
import type { KeptJob } from "./ledger.ts";
import { type PatiencePorts, patiently } from "./patiently.ts";
import {
  isDamagedName,
  type Savepoint,
  type SavepointList,
  type SavepointPlace,
} from "./savepoints.ts";
import { versionOf } from "./snapshots.ts";
import { StoreProof } from "./store-proof.ts";
import { type NamedSavepoint, Verifier } from "./verifier.ts";

export interface JobStoreSettings {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** Takes what came of it into the coordinator's queue. */
  readonly happened: (job: string, event: JobEvent) => void;
  /** How soon files are read back again; VERIFY_AGAIN_MS where it is not said, 0: never. */
  readonly verifyMs?: number | undefined;
  /** Another coordinator leads: this one ends. */
  readonly onFatal: (error: unknown) => void;
}

export interface Storing {
  readonly generation: Generation;
  readonly epoch: number;
  readonly snapshot: PartSnapshot;
  readonly proof: FlowProof;
  readonly tookMs: number;
  readonly isFinal: boolean;
  readonly past?: Past | undefined;
}

/** What can be begun from, the oldest first. */
export interface KeptOfJob extends SavepointList {
  readonly kept: readonly Manifest[];
  /** The epoch of the newest that there was, also of one that is given up; 0: none. */
  readonly newest: number;
  readonly wentBack: WentBack | undefined;
}

interface Fencing {
  readonly generation: Generation;
  readonly epoch: number;
  /** The checkpoint that workers could not read; undefined: none. */
  readonly suspect: number | undefined;
  readonly past?: Past | undefined;
}

const NOTHING = { lastEpoch: 0, newest: 0, wentBack: undefined };

/** Another coordinator leads, or the disk cannot be trusted until it is read anew. */
const ENDS_PROCESS: ReadonlySet<string> = new Set(["not_leader", "fsync_failed"]);

export class JobStore {
  readonly #settings: JobStoreSettings;
  /** By lineage. */
  readonly #logs = new Map<string, Promise<JobLog>>();
  readonly #specs = new Map<string, JobSpec>();
  /** By job, the generation that is wanted now. */
  readonly #wanted = new Map<string, Generation>();
  readonly #files: KeptFiles;
  readonly #verifier: Verifier | undefined;
  readonly #proof: StoreProof;

  constructor(settings: JobStoreSettings) {
    this.#settings = settings;
    const { happened, verifyMs: againMs = VERIFY_AGAIN_MS, store } = settings;
    const { blobs } = store;
    this.#proof = new StoreProof({ ...settings, blobs });
    this.#files = new KeptFiles({ ...settings, blobs });
    if (againMs === 0) return;
    this.#verifier = new Verifier({
      ...settings,
      blobs,
      againMs,
      savepoints: async (job) => await this.#namedSavepoints(job),
      damaged: (job, file) => happened(job, { type: "damaged", file }),
      damagedSavepoints: (job, all) => happened(job, { type: "savepoints_damaged", all }),
    });
  }

  /** What workers of a job that was fenced are told. */
  ofJob(spec: JobSpec): StoreOfJob {
    const proof = must(this.#proof.current, "proof of the store");
    return { url: this.#settings.store.url, prefix: prefixOf(spec), proof };
  }

  /** Takes the log of a job. Told by `fenced`, or `unplaceable` when the log cannot be used. */
  fence(spec: JobSpec, fencing: Fencing): void {
    const { job } = spec;
    this.#specs.set(job, spec);
    this.#wanted.set(job, fencing.generation);
    this.#fenced(spec, fencing).then(
      (event) => this.#settings.happened(job, event),
      (error: unknown) => this.#failed(job, error),
    );
  }

  /** Adds a checkpoint to the log. Told by `stored` or `store_lost`. */
  checkpoint(spec: JobSpec, storing: Storing): void {
    const { job } = spec;
    const { clock, crypto, happened, log } = this.#settings;
    const { snapshot, past, ...rest } = storing;
    const { app, graph } = spec;
    const { graphHash, states, whole } = graph;
    const of = { app, graphHash, version: versionOf(spec, crypto), keyGroups: whole.keyGroups };
    const manifest = { ...rest, ...snapshot, ...of, states, at: clock.now() };
    this.#store(spec, manifest, past).then(
      (outcome) => {
        if (outcome === "ok") {
          log.debug("checkpoint stored", { job, epoch: storing.epoch });
          this.#verifier?.offer(job, filesOf(manifest));
          happened(job, { type: "stored", manifest });
        } else happened(job, { type: "store_lost", epoch: storing.epoch });
      },
      (error: unknown) => this.#failed(job, error),
    );
  }

  /** What can be begun from, the oldest first. */
  async manifests(spec: JobSpec): Promise<KeptOfJob> {
    const { kept, newest, wentBack } = await this.#open(spec);
    const saved = await this.#files.savepoints(spec).list();
    return { kept: kept.map(({ manifest }) => manifest), ...saved, newest, wentBack };
  }

  /** Whether there is state of a job of that name, of whatever lineage. */
  async hasFilesOf(job: string): Promise<boolean> {
    const prefix = `jobs/${job}-`;
    const all = await this.#settings.store.blobs.list(prefix);
    return all.some(({ name }) => /^[0-9a-f]{12}\/[^/]+\.seg$/.test(name.slice(prefix.length)));
  }

  /** What the jobs have kept that this one was begun from. */
  async earlier(spec: JobSpec): Promise<readonly EarlierKept[]> {
    return await earlierKept(spec, this.#settings);
  }

  /** What a job goes on from: one that failed at once stands where the one before did. */
  async standing(job: KeptJob): Promise<KeptJob> {
    const stood = before(job);
    return stood === undefined || (await this.#open(job.spec)).isUsed ? job : stood;
  }

  /** Keeps a checkpoint that `choose` finds among those that are kept, the oldest first. Returns
   *  the savepoint, or what `choose` gave in place of one. */
  async keepSavepoint(
    spec: JobSpec,
    choose: (kept: readonly Manifest[]) => Manifest | undefined,
  ): Promise<Savepoint | undefined> {
    const log = await this.#open(spec);
    const manifest = choose(log.kept.map((one) => one.manifest));
    if (manifest === undefined) return undefined;
    const kept = await this.#files.keepSavepoint(spec, manifest);
    this.#verifier?.listSavepoints(spec.job);
    return kept;
  }

  /** Of whatever job of the store. */
  async savepointsOf(lineage: string): Promise<SavepointList> {
    return await this.#files.savepoints({ lineage }).list();
  }

  /** Of this job, or of one that it was begun from. */
  async removeSavepoint(job: string, place: SavepointPlace): Promise<void> {
    await this.#files.savepoints(place).remove(place.savepoint);
    this.#verifier?.listSavepoints(job);
  }

  /** But for those that are known to be damaged. */
  async #namedSavepoints(job: string): Promise<readonly NamedSavepoint[]> {
    const spec = this.#specs.get(job);
    if (spec === undefined) return [];
    const { savepoints, unreadable } = await this.#files.savepoints(spec).list();
    const all = savepoints.map(({ name, manifest }) => ({ name, files: filesOf(manifest) }));
    const wrong = unreadable.map(({ name, why: problem }) => ({ name, files: [], problem }));
    return [...all, ...wrong].filter(({ name }) => !isDamagedName(name));
  }

  /** Of whatever job of the store. @throws {WallarooError} `no_checkpoint`, `damaged` */
  async savepoint(place: SavepointPlace): Promise<Manifest> {
    const found = await this.#files.savepoints(place).get(place.savepoint);
    if (found !== undefined) return found;
    throw userError(
      "no_checkpoint",
      `there is no savepoint ${place.savepoint} of ${place.lineage} in ${this.#settings.store.url}`,
    );
  }

  /** A job that did not begin yet is to begin from this checkpoint. */
  async seed(spec: JobSpec, manifest: Manifest): Promise<void> {
    await (await this.#open(spec)).seed(manifest, usedBefore(spec));
  }

  /** The job is over: its log is not used here any more. */
  forget(spec: JobSpec): void {
    this.#wanted.delete(spec.job);
    this.#specs.delete(spec.job);
    this.#logs.delete(spec.lineage);
    this.#verifier?.forget(spec.job);
    this.#files.forget(spec);
  }

  async #fenced(spec: JobSpec, { generation, epoch, suspect, past }: Fencing): Promise<JobEvent> {
    const isWanted = (): boolean => {
      const wanted = this.#wanted.get(spec.job);
      return wanted !== undefined && isSameGeneration(wanted, generation);
    };
    const ports = this.#patience(spec);
    const log = await patiently(ports, () => this.#open(spec), isWanted); // S3
    await patiently(ports, () => this.#proof.show(), isWanted);
    // Nobody waits for it any more.
    if (log === undefined) return { type: "fenced", generation, base: undefined, ...NOTHING };
    const lastEpoch = Math.max(log.lastEpoch, usedBefore(spec));
    await log.fence(generation, Math.max(epoch, lastEpoch), isWanted, past);
    if (suspect !== undefined && log.base?.epoch === suspect) {
      const looking = { spec, log, generation, savepoints: this.#files.savepoints(spec), isWanted };
      const why = await lookBack(looking, { ...this.#settings, ...ports });
      if (why !== undefined) return { type: "no_way_back", generation, why };
    }
    const { base, newest, wentBack } = log;
    if (base !== undefined) this.#verifier?.offer(spec.job, filesOf(base));
    const before = log.past?.of === spec.createdAt ? log.past : undefined;
    return { type: "fenced", generation, base, lastEpoch, newest, wentBack, past: before };
  }

  async #store(spec: JobSpec, manifest: Manifest, past: Past | undefined) {
    const log = await this.#open(spec);
    const outcome = await log.checkpoint(manifest, past);
    if (outcome === "ok") void this.#files.clean(spec, log);
    return outcome;
  }

  #open(spec: JobSpec): Promise<JobLog> {
    const { store } = this.#settings;
    const known = this.#logs.get(spec.lineage);
    if (known !== undefined) return known;
    const ports = this.#patience(spec);
    const opening = store.log(prefixOf(spec)).then((meta) => JobLog.open(meta, ports));
    this.#logs.set(spec.lineage, opening);
    // One that could not be opened is tried again.
    opening.catch(() => this.#logs.delete(spec.lineage));
    return opening;
  }

  #patience({ job }: JobSpec): PatiencePorts {
    const { clock, random, log } = this.#settings;
    return { clock, random, log: log.child({ job }) };
  }

  #failed(job: string, error: unknown): void {
    const { happened, onFatal } = this.#settings;
    const isOfJob = error instanceof WallarooError && !ENDS_PROCESS.has(error.code);
    if (isOfJob) {
      happened(job, { type: "unplaceable", why: error.message });
    } else onFatal(error);
  }
}

/** Numbers of checkpoints up to there are those of jobs before. */
function usedBefore({ earlier = [] }: JobSpec): number {
  return Math.max(0, ...earlier.map(({ newest = 0 }) => newest));
}
