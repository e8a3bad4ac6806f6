/**
 * What can be done with the checkpoints of jobs: looked at, kept as savepoints, begun from again.
 *
 * V1. A job is begun from a checkpoint only when it does not run, under a log of its own: what the
 *     one before has kept stays as it is.
 * V2. What comes behind the chosen checkpoint was shown by sinks already and would be shown again:
 *     that has to be asked for.
 */
import { userError } from "../base/errors.ts";
import type { CheckpointInfo } from "../model/cluster-status.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { JobSpec, NewJob } from "./job-spec.ts";
import { leftBehind, missingSinks } from "./left-behind.ts";
import { compareStates } from "../model/state-compare.ts";
import type { JobStore } from "./job-store.ts";
import { sizesOf } from "./snapshots.ts";

export interface RestoreRequest {
  /** The number of a checkpoint, or the name of a savepoint; undefined: the newest. */
  readonly from: string | undefined;
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
  readonly #parts: ArchiveParts;

  constructor(parts: ArchiveParts) {
    this.#parts = parts;
  }

  /** The oldest first. @throws {WallarooError} `no_job`, what the store says */
  async checkpoints(job: string): Promise<readonly CheckpointInfo[]> {
    const { view, store } = this.#parts;
    const { spec } = view.kept(job);
    const { kept, savepoints } = await store.manifests(spec);
    const names = new Map(savepoints.map(({ name, manifest }) => [manifest.epoch, name]));
    const all = [...savepoints.map(({ manifest }) => manifest), ...kept];
    const unique = new Map(all.map((manifest) => [manifest.epoch, manifest]));
    return [...unique.values()]
      .sort((a, b) => a.epoch - b.epoch)
      .map((manifest) => infoOf(manifest, names.get(manifest.epoch)));
  }

  /** Takes a checkpoint, where the job runs, and keeps it until it is removed.
   *  @throws {WallarooError} `no_job`, `no_checkpoint` */
  async savepoint(job: string): Promise<CheckpointInfo> {
    const { view, store, barrier } = this.#parts;
    const { spec, outcome } = view.kept(job);
    if (outcome === undefined) await barrier(job);
    const { kept } = await store.manifests(spec);
    const newest = kept.at(-1);
    if (newest === undefined) throw noCheckpoint(job, "any", []);
    return infoOf(newest, await store.keepSavepoint(spec, newest));
  }

  /**
   * Begins a job where an ended one of its name was, maybe with another version of its app. Returns
   * where; undefined when there was no checkpoint, and it begins from the start.
   * @throws {WallarooError} `job_exists`, `state_differs`
   */
  async succeed(job: NewJob): Promise<Succession | undefined> {
    const { view, store, begin } = this.#parts;
    if (!view.has(job.job)) {
      await begin(job);
      return undefined;
    }
    const { spec } = view.kept(job.job);
    const newest = (await store.manifests(spec)).kept.at(-1);
    if (newest === undefined) {
      await begin(job);
      return undefined;
    }
    checkStates(newest, job);
    await begin(job, undefined, spec.lineage);
    return { epoch: newest.epoch, left: leftBehind(newest, job.graph) };
  }

  /** Whether an app can go on with a job that was cut off: what its sinks had prepared may not be
   *  committed yet. @throws {WallarooError} `state_differs`, `sink_missing` */
  async checkCutOff(job: NewJob): Promise<void> {
    const { view, store } = this.#parts;
    const { spec } = view.kept(job.job);
    const newest = (await store.manifests(spec)).kept.at(-1);
    if (newest === undefined) return;
    checkStates(newest, job);
    checkSinks(newest, job);
  }

  /** Begins an ended job anew from one of its checkpoints.
   *  @throws {WallarooError} `no_job`, `job_exists`, `no_checkpoint`, `would_repeat` */
  async restore(job: string, { from, acceptDuplicates }: RestoreRequest): Promise<void> {
    const { view, store, begin } = this.#parts;
    const { spec, outcome } = view.kept(job);
    if (outcome === undefined) {
      throw userError("job_exists", `job ${job} runs: stop it first, then restore it`); // V1
    }
    const { kept, savepoints } = await store.manifests(spec);
    const byName = savepoints.find(({ name }) => name === from)?.manifest;
    const all = [...savepoints.map(({ manifest }) => manifest), ...kept];
    const newest = kept.at(-1) ?? all.at(-1);
    const chosen =
      from === undefined ? newest : (byName ?? all.find(({ epoch }) => String(epoch) === from));
    if (chosen === undefined || newest === undefined) {
      throw noCheckpoint(
        job,
        from ?? "any",
        all.map(({ epoch }) => epoch),
      );
    }
    if (chosen.epoch < newest.epoch && !acceptDuplicates) {
      throw userError(
        "would_repeat",
        `checkpoint ${chosen.epoch} of ${job} is older than ${newest.epoch}: what sinks have ` +
          "shown since would be shown again; if that may be, add --accept-duplicates",
      ); // V2
    }
    const { lineage: _, ...rest } = spec;
    await begin(rest, (begun) => store.seed(begun, chosen));
  }
}

/** Whether states that were kept fit those of an app. @throws {WallarooError} `state_differs` */
function checkStates(kept: Manifest, { job, graph }: NewJob): void {
  const { problems } = compareStates(kept.states, graph.states);
  if (problems.length === 0) return;
  throw userError(
    "state_differs",
    `job ${job} cannot go on from checkpoint ${kept.epoch}: ${problems.join("; ")}`,
  );
}

/** Only the sink itself can commit. @throws {WallarooError} `sink_missing` */
function checkSinks(kept: Manifest, { job, graph }: NewJob): void {
  const missing = missingSinks(kept, graph);
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(", ");
  throw userError(
    "sink_missing",
    `job ${job} was cut off, its checkpoint ${kept.epoch} has output that may not be committed ` +
      `yet, and the app has no sink ${names}: run it once with that sink, and end it in good order`,
  );
}

function infoOf(manifest: Manifest, savepoint: string | undefined): CheckpointInfo {
  const { epoch, at, tookMs, isFinal, states, proof } = manifest;
  return { epoch, at, tookMs, proof, ...sizesOf(manifest), isFinal, savepoint, states };
}

function noCheckpoint(job: string, wanted: string, there: readonly number[]): Error {
  const which = wanted === "any" ? "no checkpoint" : `no checkpoint ${wanted}`;
  const list = there.length === 0 ? "none" : [...new Set(there)].join(", ");
  return userError("no_checkpoint", `job ${job} has ${which}; there are: ${list}`);
}
