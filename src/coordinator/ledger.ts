/**
 * What must outlive the coordinator: jobs, names of workers, leader epochs. Records of the
 * meta-log, read at the start; every change is appended before it is acted on.
 *
 * A1. Leader epochs never go back along the log.
 * A3. Behind a fence nothing of an older epoch follows: the slot is taken.
 */
import { ByteWriter } from "../base/bytes.ts";
import { externalError, messageOf } from "../base/errors.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { isRecord, recordProblem, type LedgerRecord } from "./ledger-records.ts";
import { JOBS_KEPT_MAX } from "../model/limits.ts";
import type { MetaLog } from "../ports/meta-log.ts";
import type { JobSpec } from "./job-spec.ts";
import type { Outcome } from "./job-run.ts";

/** How often an append of unknown outcome is made again. */
const RESOLVE_MAX = 5;

export interface KeptJob {
  readonly spec: JobSpec;
  readonly outcome: Outcome | undefined;
  /** Whether somebody asked it to stop: it is not begun again. */
  readonly isStopping: boolean;
  /** A checkpoint that was in the store, or 0: one as new is there, unless the store lost it. */
  readonly epoch: number;
}

export class Ledger {
  readonly leaderEpoch: number;
  readonly #log: MetaLog;
  readonly #jobs: Map<string, KeptJob>;
  readonly #names: Set<string>;
  #tail: number;
  /** Appends one after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(log: MetaLog, state: State) {
    this.#log = log;
    this.#jobs = state.jobs;
    this.#names = state.names;
    this.leaderEpoch = state.leaderEpoch;
    this.#tail = state.tail;
  }

  /** Reads the log and fences it: from now on nobody older can add to it.
   *  @throws {WallarooError} `log_damaged`, `log_gap`, `disk`, `not_leader` */
  static async open(log: MetaLog): Promise<Ledger> {
    const state: State = { jobs: new Map(), names: new Set(), leaderEpoch: 0, tail: 0 };
    for (;;) {
      await readOn(log, state);
      const leaderEpoch = state.leaderEpoch + 1;
      const outcome = await append(log, state.tail, { type: "fence", leaderEpoch });
      if (outcome === "taken") continue;
      return new Ledger(log, { ...state, leaderEpoch, tail: state.tail + 1 });
    }
  }

  /** The jobs of a log, which stays as it is and may be another's.
   *  @throws {WallarooError} `log_damaged`, `log_gap`, `disk` */
  static async read(log: MetaLog): Promise<ReadonlyMap<string, KeptJob>> {
    const state: State = { jobs: new Map(), names: new Set(), leaderEpoch: 0, tail: 0 };
    await readOn(log, state);
    return state.jobs;
  }

  get jobs(): ReadonlyMap<string, KeptJob> {
    return this.#jobs;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** @throws {WallarooError} `not_leader` when another coordinator has the log; `disk` */
  async jobCreated(spec: JobSpec): Promise<void> {
    await this.#append({ type: "job_created", spec });
  }

  async jobStopping(job: string): Promise<void> {
    await this.#append({ type: "job_stopping", job });
  }

  async jobKept(job: string, epoch: number): Promise<void> {
    await this.#append({ type: "job_kept", job, epoch });
  }

  /** `epoch`: of its newest checkpoint, where it is known. */
  async jobEnded(job: string, outcome: Outcome, epoch?: number): Promise<void> {
    await this.#append({ type: "job_ended", job, outcome, epoch });
  }

  async workerNamed(worker: string): Promise<void> {
    if (this.#names.has(worker)) return;
    await this.#append({ type: "worker_named", worker });
  }

  /** Resolves when what is being appended is in the log, or was refused. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #append(record: LedgerRecord): Promise<void> {
    const mine = this.#last.then(async () => {
      const outcome = await append(this.#log, this.#tail, record);
      if (outcome === "taken") {
        throw externalError(
          "not_leader",
          `another coordinator has taken over the log at slot ${this.#tail}: this one ends. ` +
            "Run one coordinator for one --data folder",
        );
      }
      this.#tail++;
      apply(record, { jobs: this.#jobs, names: this.#names });
    });
    // Whoever appends next is told of its own outcome, not of this one's.
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

interface State {
  readonly jobs: Map<string, KeptJob>;
  readonly names: Set<string>;
  leaderEpoch: number;
  tail: number;
}

async function readOn(log: MetaLog, state: State): Promise<void> {
  for (;;) {
    const content = await log.read(state.tail);
    if (content === undefined) return;
    const record = decode(content, state.tail);
    if (record.type === "fence")
      state.leaderEpoch = Math.max(state.leaderEpoch, record.leaderEpoch);
    else apply(record, state);
    state.tail++;
  }
}

function apply(record: LedgerRecord, { jobs, names }: Pick<State, "jobs" | "names">): void {
  switch (record.type) {
    case "fence":
      return;
    case "worker_named":
      names.add(record.worker);
      return;
    case "job_created":
      created(record.spec, jobs);
      return;
    case "job_kept": {
      const kept = jobs.get(record.job);
      if (kept === undefined) return;
      jobs.set(record.job, { ...kept, epoch: Math.max(kept.epoch, record.epoch) });
      return;
    }
    case "job_stopping":
    case "job_ended": {
      const kept = jobs.get(record.job);
      if (kept === undefined) return;
      const { outcome, epoch = 0 } = record.type === "job_ended" ? record : kept;
      const newest = Math.max(kept.epoch, epoch);
      jobs.set(record.job, { ...kept, outcome, isStopping: true, epoch: newest });
      forgetOldest(jobs);
    }
  }
}

/** One that goes on with the log of the one before has its checkpoints. */
function created(spec: JobSpec, jobs: Map<string, KeptJob>): void {
  const before = jobs.get(spec.job);
  const epoch = before?.spec.lineage === spec.lineage ? before.epoch : 0;
  jobs.delete(spec.job);
  jobs.set(spec.job, { spec, outcome: undefined, isStopping: false, epoch });
}

/** Ended jobs are kept to be shown, within reason. */
function forgetOldest(jobs: Map<string, KeptJob>): void {
  const ended = [...jobs].filter(([, { outcome }]) => outcome !== undefined);
  for (const [name] of ended.slice(0, Math.max(0, ended.length - JOBS_KEPT_MAX))) jobs.delete(name);
}

async function append(log: MetaLog, slot: number, record: LedgerRecord): Promise<"ok" | "taken"> {
  const writer = new ByteWriter(1_024);
  writePlain(record, writer);
  const bytes = writer.take();
  for (let attempt = 0; attempt < RESOLVE_MAX; attempt++) {
    const outcome = await log.append(slot, bytes);
    if (outcome !== "unknown") return outcome;
  }
  throw externalError(
    "disk",
    `whether record ${slot} of the log is durable cannot be found out: look after the disk of ` +
      "--data, then start again",
  );
}

function decode(content: Uint8Array, slot: number): LedgerRecord {
  let value: unknown;
  try {
    value = readPlain(content, 0, content.length);
  } catch (error) {
    throw unreadable(slot, messageOf(error));
  }
  if (!isRecord(value)) throw unreadable(slot, recordProblem(value));
  return value;
}

function unreadable(slot: number, why: string): Error {
  return externalError(
    "log_damaged",
    `record ${slot} of the log cannot be read: ${why}; was it written by a newer engine?`,
  );
}
