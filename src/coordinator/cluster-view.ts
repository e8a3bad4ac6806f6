/**
 * What the cluster is now, for who asks: jobs, workers, what is free, statuses from the workers.
 *
 * Owns: members, and why jobs wait. Reads runs and the ledger.
 */
import { userError } from "../base/errors.ts";
import type { ToWorker } from "../control/messages.ts";
import type {
  ClusterJobStatus,
  ClusterSummary,
  JobSummary,
  WorkerSummary,
} from "../model/cluster-status.ts";
import type { Asking } from "./asking.ts";
import type { CoordinatorSettings } from "./coordinator-settings.ts";
import { holdsWorkers, type JobRun, workersOf } from "./job-run.ts";
import type { JobSpec } from "./job-spec.ts";
import type { KeptJob } from "./ledger.ts";
import type { Members } from "./members.ts";
import { mergeStatus } from "./merge-status.ts";
import type { JobStatus } from "../model/status.ts";
import { jobSummary, workerSummary } from "./summaries.ts";

/** How long workers may take to tell their status. */
const REPORT_MS = 1_000;

export interface ViewParts {
  readonly runs: ReadonlyMap<string, JobRun>;
  readonly refused: Readonly<Record<string, number>>;
  readonly asking: Asking;
  readonly send: (worker: string, message: ToWorker) => void;
}

export class ClusterView {
  members: Members = new Map();
  /** By job. */
  readonly waits = new Map<string, string>();
  readonly #settings: CoordinatorSettings;
  readonly #parts: ViewParts;
  /** What workers told of jobs when they were to let go of them. */
  readonly #last = new Map<string, Promise<readonly JobStatus[]>>();

  constructor(settings: CoordinatorSettings, parts: ViewParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** URL of the store. */
  get store(): string {
    return this.#settings.store.url;
  }

  /** Whether a job of that name is known, running or ended. */
  has(job: string): boolean {
    return this.#settings.ledger.jobs.has(job);
  }

  /** @throws {WallarooError} `no_job` */
  kept(job: string): KeptJob {
    const kept = this.#settings.ledger.jobs.get(job);
    if (kept !== undefined) return kept;
    const names = [...this.#settings.ledger.jobs.keys()].join(", ");
    throw userError("no_job", `there is no job ${job}; there are: ${names || "none"}`);
  }

  jobs(): readonly JobSummary[] {
    return [...this.#settings.ledger.jobs.keys()].map((job) => this.job(job));
  }

  /** @throws {WallarooError} `no_job` */
  job(job: string): JobSummary {
    const { spec, outcome } = this.kept(job);
    const run = this.#parts.runs.get(job);
    const { store, clock } = this.#settings;
    const waitsFor = this.#waitsFor(spec, run);
    return jobSummary({ spec, run, outcome, store, waitsFor, now: clock.monotonic() });
  }

  workers(): readonly WorkerSummary[] {
    const now = this.#settings.clock.monotonic();
    const sorted = [...this.members].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([name, member]) => workerSummary(member, this.#jobOf(name), now));
  }

  summary(): ClusterSummary {
    const { cluster, engine, ledger, store } = this.#settings;
    const workers = this.members.size;
    return {
      cluster,
      engine: engine.version,
      leaderEpoch: ledger.leaderEpoch,
      workers,
      free: this.#free().length,
      jobs: [...ledger.jobs.values()].filter(({ outcome }) => outcome === undefined).length,
      store: store.url,
      refused: { ...this.#parts.refused },
    };
  }

  /** Asks the workers of a job, or tells what they told last. @throws {WallarooError} `no_job` */
  async status(job: string): Promise<ClusterJobStatus> {
    const { metrics } = this.kept(job).spec;
    const run = this.#parts.runs.get(job);
    const isUp = run !== undefined && holdsWorkers(run) && run.phase !== "preparing";
    const isLast = !isUp || run.phase === "releasing";
    const parts = await (isLast ? (this.#last.get(job) ?? []) : this.#ask(run));
    const frame = { cluster: this.job(job), now: this.#settings.clock.now(), metrics };
    return mergeStatus(parts, frame);
  }

  /** Asks for what the workers have done, before they are told to let go of it. */
  keepLast(run: JobRun): void {
    this.#last.set(run.job, this.#ask(run));
    for (const job of this.#last.keys()) {
      if (!this.#settings.ledger.jobs.has(job)) this.#last.delete(job);
    }
  }

  /** A job begins, maybe under the name of one before. */
  forgetLast(job: string): void {
    this.#last.delete(job);
  }

  #ask(run: JobRun): Promise<readonly JobStatus[]> {
    const { job, generation } = run;
    return this.#parts.asking.ask(workersOf(run), REPORT_MS, (worker, id) => {
      this.#parts.send(worker, { type: "report_wanted", job, generation, id });
    });
  }

  /** The newest checkpoint whose output is known to be committed.
   *  @throws {WallarooError} `no_job` */
  committed(job: string): number {
    return this.#parts.runs.get(job)?.committed ?? this.kept(job).outcome?.committed ?? 0;
  }

  /** Whether a bundle is what some job runs. */
  isBundleOfJob(hash: string): boolean {
    return [...this.#settings.ledger.jobs.values()].some(({ spec }) => spec.bundle === hash);
  }

  /** @throws {WallarooError} `job_exists`, `no_place` */
  checkDeployable({ job, workers: wanted = 1 }: JobSpec): void {
    const before = this.#settings.ledger.jobs.get(job);
    if (before !== undefined && before.outcome === undefined) {
      throw userError(
        "job_exists",
        `a job ${job} is there already (${this.job(job).phase}): stop it first, or give this one ` +
          "another name with --name",
      );
    }
    const free = this.#free();
    // Where there is no worker yet, the job waits for the first.
    if (this.members.size === 0 || free.length >= wanted) return;
    const runs = this.#busyText();
    const missing = wanted - free.length;
    throw userError(
      "no_place",
      `${wanted} free worker${wanted === 1 ? "" : "s"} wanted, ${free.length} free` +
        `${runs === "" ? "" : `: ${runs}`}; start ${missing} more with ` +
        `\`wallaroo worker --join\`, or ${runs === "" ? "give a smaller --workers" : "stop a job"}`,
    );
  }

  /** Names of workers that a job cannot have: others have them, or wait for them to come back. */
  busyFor(job: string | undefined): ReadonlySet<string> {
    const runs = [...this.#parts.runs.values()].filter((run) => run.job !== job);
    return new Set(
      runs.flatMap((run) => {
        const isWaiting = run.phase === "waiting" && run.restarts > 0;
        return holdsWorkers(run) || isWaiting ? workersOf(run) : [];
      }),
    );
  }

  /** Who has what; empty when all are free. */
  #busyText(): string {
    const texts = [...this.#parts.runs.values()].flatMap((run) => {
      const isWaiting = run.phase === "waiting" && run.restarts > 0;
      if (!isWaiting && !holdsWorkers(run)) return [];
      const here = workersOf(run).filter((name) => this.members.has(name));
      return here.map((name) => `${name} ${isWaiting ? "is wanted by" : "runs"} ${run.job}`);
    });
    return texts.join(", ");
  }

  #free(): readonly string[] {
    const busy = this.busyFor(undefined);
    return [...this.members.keys()].filter((name) => !busy.has(name));
  }

  #jobOf(worker: string): string | undefined {
    for (const run of this.#parts.runs.values()) {
      if (holdsWorkers(run) && workersOf(run).includes(worker)) return run.job;
    }
    return undefined;
  }

  #waitsFor({ job, workers }: JobSpec, run: JobRun | undefined): string | undefined {
    const known = this.waits.get(job);
    if (known !== undefined || run === undefined) return known;
    const now = this.#settings.clock.monotonic();
    if (now < run.notBefore) {
      return `waiting ${Math.ceil((run.notBefore - now) / 1_000)} s before the next attempt`;
    }
    return workers === undefined ? "waiting for a worker" : `waiting for ${workers} workers`;
  }
}
