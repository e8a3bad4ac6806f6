/**
 * What jobs keep in the store: takes their logs for generations, adds checkpoints, removes what
 * nobody needs any more.
 *
 * Owns: the open logs, the proof that workers see this store.
 * Does not own: when a checkpoint is taken (rounds), what is in its files (workers).
 *
 * S1. Files go only after no manifest that is kept names them, and only by who has the log.
 * S2. A checkpoint that becomes a savepoint is needed from the moment it is chosen.
 * S3. A store that does not answer is waited for: a job is given up only for what no waiting mends.
 */
import { must } from "../base/assert.ts";
import { messageOf, userError, WallarooError } from "../base/errors.ts";
import type { StoreOfJob } from "../control/messages.ts";
import { isSameGeneration } from "../control/messages.ts";
import type { FlowProof, Manifest, PartSnapshot } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import { CHECKPOINTS_KEPT, VERIFY_AGAIN_MS } from "../model/limits.ts";
import type { Generation } from "../model/placement.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import { earlierKept } from "./earlier-kept.ts";
import type { JobEvent } from "./job-events.ts";
import { JobLog } from "./job-log.ts";
import { type JobSpec, prefixOf } from "./job-spec.ts";
import { type PatiencePorts, patiently } from "./patiently.ts";
import { type Savepoint, Savepoints } from "./savepoints.ts";
import { unneededFiles } from "./snapshots.ts";
import { StoreProof } from "./store-proof.ts";
import { Sweeper } from "./sweeper.ts";
import { Verifier } from "./verifier.ts";

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
}

interface Fencing {
  readonly generation: Generation;
  readonly epoch: number;
}

/** Another coordinator leads, or the disk cannot be trusted until it is read anew. */
const ENDS_PROCESS: ReadonlySet<string> = new Set(["not_leader", "fsync_failed"]);

export class JobStore {
  readonly #settings: JobStoreSettings;
  /** By lineage. */
  readonly #logs = new Map<string, Promise<JobLog>>();
  /** By job, the generation that is wanted now. */
  readonly #wanted = new Map<string, Generation>();
  /** Savepoints that are being written. */
  readonly #saving = new Set<Manifest>();
  #savesDone = 0;
  readonly #sweeper: Sweeper;
  readonly #verifier: Verifier | undefined;
  readonly #proof: StoreProof;

  constructor(settings: JobStoreSettings) {
    this.#settings = settings;
    const { happened, verifyMs: againMs = VERIFY_AGAIN_MS, store } = settings;
    const { blobs } = store;
    this.#proof = new StoreProof({ ...settings, blobs });
    this.#sweeper = new Sweeper({ ...settings, blobs });
    const damaged = (job: string, file: string): void => happened(job, { type: "damaged", file });
    if (againMs > 0) this.#verifier = new Verifier({ ...settings, blobs, againMs, damaged });
  }

  /** What workers of a job that was fenced are told. */
  ofJob(spec: JobSpec): StoreOfJob {
    const proof = must(this.#proof.current, "proof of the store");
    return { url: this.#settings.store.url, prefix: prefixOf(spec), proof };
  }

  /** Takes the log of a job. Told by `fenced`, or `unplaceable` when the log cannot be used. */
  fence(spec: JobSpec, { generation, epoch }: Fencing): void {
    const { job } = spec;
    this.#wanted.set(job, generation);
    this.#fenced(spec, generation, epoch).then(
      (event) => this.#settings.happened(job, event),
      (error: unknown) => this.#failed(job, error),
    );
  }

  /** Adds a checkpoint to the log. Told by `stored` or `store_lost`. */
  checkpoint(spec: JobSpec, storing: Storing): void {
    const { job } = spec;
    const { clock, happened, log } = this.#settings;
    const { snapshot, ...rest } = storing;
    const { app, graph } = spec;
    const { keyGroups } = graph.whole;
    const { graphHash, states } = graph;
    const at = clock.now();
    const manifest = { ...rest, ...snapshot, app, graphHash, keyGroups, states, at };
    this.#store(spec, manifest).then(
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
  async manifests(spec: JobSpec): Promise<{
    readonly kept: readonly Manifest[];
    readonly savepoints: readonly Savepoint[];
  }> {
    const log = await this.#open(spec);
    const savepoints = await this.#savepoints(spec).all();
    return { kept: log.kept.map(({ manifest }) => manifest), savepoints };
  }

  /** Whether there is state of a job of that name, of whatever lineage. */
  async hasFilesOf(job: string): Promise<boolean> {
    const prefix = `jobs/${job}-`;
    const all = await this.#settings.store.blobs.list(prefix);
    return all.some(({ name }) => /^[0-9a-f]{12}\/[^/]+\.seg$/.test(name.slice(prefix.length)));
  }

  /** What the jobs have kept that this one was begun from, up to where it was. */
  async earlier(spec: JobSpec): Promise<readonly Savepoint[]> {
    return await earlierKept(spec, this.#settings);
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
    this.#saving.add(manifest); // S2
    try {
      return { name: await this.#savepoints(spec).keep(manifest), manifest };
    } finally {
      this.#saving.delete(manifest);
      this.#savesDone++;
    }
  }

  /** Of whatever job of the store. @throws {WallarooError} `no_checkpoint`, `damaged` */
  async savepoint(place: {
    readonly lineage: string;
    readonly savepoint: string;
  }): Promise<Manifest> {
    const found = await this.#savepoints(place).get(place.savepoint);
    if (found !== undefined) return found;
    throw userError(
      "no_checkpoint",
      `there is no savepoint ${place.savepoint} of ${place.lineage} in ${this.#settings.store.url}`,
    );
  }

  /** A job that did not begin yet is to begin from this checkpoint. */
  async seed(spec: JobSpec, manifest: Manifest): Promise<void> {
    await (await this.#open(spec)).seed(manifest);
  }

  /** The job is over: its log is not used here any more. */
  forget({ job, lineage }: JobSpec): void {
    this.#wanted.delete(job);
    this.#logs.delete(lineage);
    this.#verifier?.forget(job);
    this.#sweeper.forget(`${prefixOf({ lineage })}/`);
  }

  async #fenced(spec: JobSpec, generation: Generation, epoch: number): Promise<JobEvent> {
    const isWanted = (): boolean => {
      const wanted = this.#wanted.get(spec.job);
      return wanted !== undefined && isSameGeneration(wanted, generation);
    };
    const ports = this.#patience(spec);
    const log = await patiently(ports, () => this.#open(spec), isWanted); // S3
    await patiently(ports, () => this.#proof.show(), isWanted);
    // Nobody waits for it any more.
    if (log === undefined) return { type: "fenced", generation, base: undefined, lastEpoch: 0 };
    const { lastEpoch } = log;
    const base = await log.fence(generation, Math.max(epoch, lastEpoch), isWanted);
    if (base !== undefined) this.#verifier?.offer(spec.job, filesOf(base));
    return { type: "fenced", generation, base, lastEpoch };
  }

  async #store(spec: JobSpec, manifest: Manifest): Promise<"ok" | "unknown"> {
    const log = await this.#open(spec);
    const outcome = await log.checkpoint(manifest);
    if (outcome === "ok") void this.#clean(spec, log);
    return outcome;
  }

  /** Removes what is given up, then maybe what crashes left. */
  async #clean(spec: JobSpec, log: JobLog): Promise<void> {
    await this.#removeDropped(spec, log);
    const prefix = `${prefixOf(spec)}/`;
    await this.#sweeper.round({
      job: spec.job,
      prefix,
      needed: async () => {
        const savepoints = await this.#saved(spec);
        return { checkpoints: log.kept.map(({ manifest }) => manifest), savepoints };
      },
    });
  }

  /** S1 */
  async #removeDropped(spec: JobSpec, log: JobLog): Promise<void> {
    const { blobs } = this.#settings.store;
    try {
      const dropped = await log.keep(CHECKPOINTS_KEPT);
      if (dropped.length === 0) return;
      const saved = await this.#saved(spec);
      const kept = [...log.kept.map(({ manifest }) => manifest), ...saved];
      const own = `${prefixOf(spec)}/`;
      for (const name of unneededFiles(dropped, kept)) {
        // What another job kept, and this one began from, is not ours.
        if (name.startsWith(own)) await blobs.remove(name);
      }
    } catch (error) {
      this.#settings.log.warn("old files of checkpoints were not removed", {
        job: spec.job,
        why: messageOf(error),
      });
    }
  }

  /** S2: those that are there, and those that are being written now. */
  async #saved(spec: JobSpec): Promise<readonly Manifest[]> {
    for (;;) {
      const before = this.#savesDone;
      const all = await this.#savepoints(spec).all();
      // One that was written meanwhile may not have been read.
      if (before !== this.#savesDone) continue;
      return [...this.#saving, ...all.map(({ manifest }) => manifest)];
    }
  }

  #savepoints(spec: Pick<JobSpec, "lineage">): Savepoints {
    const { store, crypto } = this.#settings;
    return new Savepoints(store.blobs, crypto, prefixOf(spec));
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
