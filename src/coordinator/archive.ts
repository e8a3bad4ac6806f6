/**
 * What can be done with the checkpoints of jobs: looked at, kept as savepoints, begun from again.
 *
 * V1. A job is begun from a checkpoint only when it does not run, under a log of its own: what the
 *     one before has kept stays as it is.
 * V2. What comes behind the chosen checkpoint was shown by sinks already and would be shown again:
 *     that has to be asked for.
 * V3. A savepoint may be begun from where the sinks of its job cannot be reached: it names no
 *     output that is known to be committed.
 * V4. No state of a checkpoint is left behind without a word: who begins from it with another app
 *     has to name what may go.
 * V5. What was kept before a job was begun from a checkpoint can be begun from as well, older and
 *     newer: that checkpoint may turn out to be damaged, or the wrong one.
 */
import { externalError, userError } from "../base/errors.ts";
import type { CheckpointInfo, DamagedSavepoint } from "../model/cluster-status.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { sizesOf } from "../model/checkpoint-files.ts";
import { checkNotLeft, checkOrphans, checkSinks, checkStates } from "./check-fit.ts";
import type { ClusterView } from "./cluster-view.ts";
import { type EarlierKept, earlierOf } from "./earlier-kept.ts";
import type { JobSpec, NewJob } from "./job-spec.ts";
import { leftBehind, outputLeft } from "./left-behind.ts";
import { lostCheckpoint, unknownCheckpoints } from "./lost-checkpoint.ts";
import type { JobStore } from "./job-store.ts";
import { SavepointRemoval } from "./savepoint-removal.ts";
import { replacedBy } from "./replaced.ts";
import { isDamagedName, type Savepoint, type SavepointPlace } from "./savepoints.ts";

export interface RestoreRequest {
  /** The number of a checkpoint, or the name of a savepoint; undefined: the newest. */
  readonly from: string | undefined;
  /** The whole name of the job whose savepoint that is; undefined: of the job itself. */
  readonly lineage?: string | undefined;
  readonly acceptDuplicates: boolean;
}

/** Where a job goes on. */
export interface Succession {
  /** The checkpoint. */
  readonly epoch: number;
  /** What it has and the app does not; a line for each. */
  readonly left: readonly string[];
}

export interface ArchiveParts {
  readonly view: ClusterView;
  readonly store: JobStore;
  readonly barrier: (job: string) => Promise<number>;
  /** Begins a job; `before` is done when its name is known in the store. `lineage`: of the job
   *  whose log it goes on with. */
  readonly begin: (
    job: NewJob,
    before?: (spec: JobSpec) => Promise<void>,
    lineage?: string,
  ) => Promise<void>;
}

export class Archive {
  readonly removal: SavepointRemoval;
  readonly #parts: ArchiveParts;

  constructor(parts: ArchiveParts) {
    this.#parts = parts;
    this.removal = new SavepointRemoval(parts);
  }

  /** The oldest first. @throws {WallarooError} `no_job`, what the store says */
  async checkpoints(job: string): Promise<readonly CheckpointInfo[]> {
    const { view, store } = this.#parts;
    const { spec } = await store.standing(view.kept(job));
    const { lineage } = spec;
    const { kept, savepoints } = await store.manifests(spec);
    const own = [
      ...savepoints,
      ...kept.map((manifest) => ({ name: `${manifest.epoch}`, manifest })),
    ];
    const earlier = await store.earlier(spec);
    const all = [...own.map((one) => ({ ...one, lineage, isLeft: false })), ...earlier];
    const { damagedSavepoints } = view.job(job);
    const damaged = new Map(damagedSavepoints.map(({ name, why }) => [name, why]));
    // One that was begun from is kept twice, and may be a savepoint where it was taken.
    const found = new Map<string, EarlierKept>();
    for (const one of all) {
      const key = `${one.manifest.epoch} ${one.manifest.at}`;
      const before = found.get(key);
      if (before === undefined) found.set(key, one);
      else if (isNumber(before)) {
        const isLeft = before.isLeft && one.isLeft;
        found.set(key, isNumber(one) ? { ...before, isLeft } : { ...one, isLeft });
      }
    }
    return [...found.values()]
      .sort((a, b) => a.manifest.epoch - b.manifest.epoch)
      .map((one) => infoOf(one, damaged));
  }

  /** Savepoints that cannot be read. @throws {WallarooError} `no_job`, what the store says */
  async unreadable(job: string): Promise<readonly DamagedSavepoint[]> {
    const { view, store } = this.#parts;
    const { spec } = await store.standing(view.kept(job));
    return (await store.manifests(spec)).unreadable;
  }

  /** Takes a checkpoint, where the job runs, and keeps it until it is removed.
   *  @throws {WallarooError} `no_job`, `no_checkpoint` */
  async savepoint(job: string): Promise<CheckpointInfo> {
    const { view, store, barrier } = this.#parts;
    const asked = view.kept(job);
    const { spec, outcome } = await store.standing(asked);
    const epoch = outcome === undefined ? await barrier(job) : Infinity;
    const { lineage } = spec;
    const committed = this.#committed(job, spec); // V3
    const kept = await store.keepSavepoint(spec, (all) => {
      const newest = all.findLast((one) => one.epoch <= epoch);
      const isCommitted = newest !== undefined && newest.epoch <= committed;
      return isCommitted ? { ...newest, committables: [] } : newest; // V3
    });
    if (kept === undefined) throw noCheckpoint(job, "any", []);
    return infoOf({ ...kept, lineage, isLeft: false });
  }

  /**
   * Begins a job where an ended one of its name was, maybe with another version of its app; with
   * empty state (undefined) where it has no checkpoint. `dropped`: states that may be left behind.
   * @throws {WallarooError} `job_exists`, `state_differs`, `state_dropped`, `checkpoint_lost`
   */
  async succeed(job: NewJob, dropped: readonly string[] = []): Promise<Succession | undefined> {
    const { view, store, begin } = this.#parts;
    if (!view.has(job.job)) {
      if (await store.hasFilesOf(job.job)) throw unknownCheckpoints(job.job, view.store);
      await begin(job);
      return undefined;
    }
    const { spec, epoch } = await store.standing(view.kept(job.job));
    const committed = this.#committed(job.job, spec);
    const { kept, newest: stored } = await store.manifests(spec);
    const newest = kept.at(-1);
    const lost = lostCheckpoint(job.job, { epoch, store: view.store }, stored);
    if (lost !== undefined) throw externalError("checkpoint_lost", lost);
    if (newest === undefined) {
      await this.beginAfresh(job);
      return undefined;
    }
    checkStates(newest, job);
    checkNotLeft(newest, job, dropped);
    await begin({ ...job, earlier: spec.earlier }, undefined, spec.lineage);
    const output = newest.epoch <= committed ? [] : outputLeft(newest, job.graph);
    return { epoch: newest.epoch, left: [...leftBehind(newest, job.graph), ...output] };
  }

  /** What one has committed that failed at once says nothing of the one before. */
  #committed(job: string, { lineage }: JobSpec): number {
    const { view } = this.#parts;
    return lineage === view.kept(job).spec.lineage ? view.committed(job) : 0;
  }

  /** Whether an app can go on with a job that was cut off: what its sinks had prepared may not be
   *  committed yet. @throws {WallarooError} `state_differs`, `state_dropped`, `sink_missing` */
  async checkCutOff(job: NewJob, dropped: readonly string[] = []): Promise<void> {
    const { view, store } = this.#parts;
    const { spec } = view.kept(job.job);
    const newest = (await store.manifests(spec)).kept.at(-1);
    if (newest === undefined) return;
    checkStates(newest, job);
    checkNotLeft(newest, job, dropped);
    checkSinks(newest, job);
  }

  /** Begins a job with empty state. @throws {WallarooError} `job_exists`, `no_place` */
  async beginAfresh(job: NewJob): Promise<void> {
    const earlier = await replacedBy(job.job, this.#parts);
    await this.#parts.begin({ ...job, earlier });
  }

  /**
   * Begins a job from a savepoint of the store, maybe of another job or cluster. `dropped`: states
   * that may be left behind, by their names. Returns where.
   * @throws {WallarooError} `job_exists`, `no_checkpoint`, `state_differs`, `state_dropped`
   */
  async beginFrom(
    job: NewJob,
    place: SavepointPlace,
    dropped: readonly string[],
  ): Promise<Succession> {
    const { store, begin } = this.#parts;
    return await this.removal.whileThere(place, async () => {
      const manifest = await store.savepoint(place);
      checkStates(manifest, job);
      checkOrphans(manifest, job, dropped);
      const from = { ...place, epoch: manifest.epoch };
      const earlier = await replacedBy(job.job, this.#parts, from);
      await begin({ ...job, earlier }, (begun) => store.seed(begun, manifest));
      return { epoch: manifest.epoch, left: leftBehind(manifest, job.graph) };
    });
  }

  /** Begins an ended job anew, or `next` in its place, from one of its checkpoints or a savepoint.
   *  @throws as `beginFrom`, and {WallarooError} `no_job`, `would_repeat`, `damaged` */
  async restore(job: string, request: RestoreRequest, next?: NewJob): Promise<void> {
    const { from, lineage: origin, acceptDuplicates } = request;
    const { view, store, begin } = this.#parts;
    const asked = view.kept(job);
    if (asked.outcome === undefined) {
      throw userError("job_exists", `job ${job} runs: stop it first, then restore it`); // V1
    }
    const { spec, epoch } = await store.standing(asked);
    const { lineage, earlier: _, ...same } = spec;
    const rest = next ?? same;
    const keeps = await store.manifests(spec);
    const { kept, savepoints, unreadable, wentBack, newest: stored } = keeps;
    if (origin !== undefined && from !== undefined && origin !== lineage) {
      const place = { lineage: origin, savepoint: from };
      await this.#restoreFrom(rest, place, acceptDuplicates, { kept });
      return;
    }
    const wrong = unreadable.find(({ name }) => name === from);
    if (wrong !== undefined) throw externalError("damaged", wrong.why);
    const before = await store.earlier(spec);
    const named = [...savepoints.map((one) => ({ ...one, lineage })), ...before];
    const byName = named.filter(isSavepoint).find(({ name }) => name === from);
    // Of one epoch its own comes first.
    const all = [...kept.map((manifest) => ({ manifest, lineage })), ...named];
    const own = kept.at(-1) ?? savepoints.findLast(isSavepoint)?.manifest;
    const newest = own === undefined ? undefined : { manifest: own, lineage };
    const isMeant = ({ manifest }: { readonly manifest: Manifest }): boolean =>
      String(manifest.epoch) === from;
    const found = from === undefined ? newest : (byName ?? all.find(isMeant));
    if (found === undefined) {
      const there = all.map(({ manifest }) => manifest.epoch).toSorted((a, b) => a - b);
      throw noCheckpoint(job, from ?? "any", there);
    }
    const chosen = found.manifest;
    // The store may have lost the newest; what the job has given up does not count.
    const known = epoch > (wentBack?.from ?? 0) ? epoch : 0;
    // Sinks have shown what was left, too.
    const left = from === undefined ? [] : before.filter(({ isLeft }) => isLeft);
    const last = Math.max(own?.epoch ?? 0, known, ...left.map(({ manifest }) => manifest.epoch));
    if (chosen.epoch < last && !acceptDuplicates) {
      throw userError(
        "would_repeat",
        `checkpoint ${chosen.epoch} of ${job} is older than ${last}: what sinks have ` +
          "shown since would be shown again; if that may be, add --accept-duplicates",
      ); // V2
    }
    // It may have been kept by another version of the app.
    checkStates(chosen, rest);
    checkNotLeft(chosen, rest, []);
    const place = { epoch: chosen.epoch, from: found.lineage };
    const earlier = earlierOf(spec, Math.max(stored, epoch), place); // V5
    const held = { lineage: found.lineage, savepoint: `sp-${chosen.epoch}` };
    await this.removal.whileThere(held, async () => {
      await begin({ ...rest, earlier }, (begun) => store.seed(begun, chosen));
    });
  }

  /** V2: what the job has shown since it is not comparable with a history that is not its own. */
  async #restoreFrom(
    job: NewJob,
    place: SavepointPlace,
    acceptDuplicates: boolean,
    { kept }: { readonly kept: readonly Manifest[] },
  ): Promise<void> {
    if (kept.length > 0 && !acceptDuplicates) {
      throw userError(
        "would_repeat",
        `${place.savepoint} of ${place.lineage} is of another history than ${job.job}, which has ` +
          "checkpoints of its own: what its sinks have shown would be shown again; if that may " +
          "be, add --accept-duplicates",
      );
    }
    await this.beginFrom(job, place, []);
  }
}

function isSavepoint({ name }: Savepoint): boolean {
  return name.startsWith("sp-");
}

/** Whether it is a checkpoint that nobody has named. */
function isNumber({ name }: Savepoint): boolean {
  return /^\d/.test(name);
}

/** `known`: by name, what is wrong with savepoints. */
function infoOf(one: EarlierKept, known?: ReadonlyMap<string, string>): CheckpointInfo {
  const { name, manifest, lineage, isLeft } = one;
  const { epoch, at, tookMs, isFinal, states, proof } = manifest;
  const isGivenUp = isDamagedName(name);
  const savepoint = isGivenUp || isNumber(one) ? undefined : name;
  const damaged = isGivenUp ? `given up, kept as ${name}` : known?.get(name);
  const about = { savepoint, damaged, lineage, isLeft, states };
  return { epoch, at, tookMs, proof, ...sizesOf(manifest), isFinal, ...about };
}

function noCheckpoint(job: string, wanted: string, there: readonly number[]): Error {
  const which = wanted === "any" ? "no checkpoint" : `no checkpoint ${wanted}`;
  const list = there.length === 0 ? "none" : [...new Set(there)].join(", ");
  return userError("no_checkpoint", `job ${job} has ${which}; there are: ${list}`);
}
