/** What a coordinator shows of its cluster. Plain data. */
import type { Address } from "../ports/network.ts";
import type { FlowProof } from "./checkpoint.ts";
import type { StateHeader } from "./state-header.ts";
import type { JobState, JobStatus } from "./status.ts";

export interface WorkerSummary {
  readonly name: string;
  readonly host: string;
  /** Where other workers bring records. */
  readonly data: Address;
  readonly engine: string;
  /** What it runs; undefined while it has nothing to do. */
  readonly job: string | undefined;
  readonly isStuck: boolean;
  readonly upMs: number;
  /** Since it was heard last. */
  readonly silentMs: number;
  readonly memoryBytes: number;
}

export interface CheckpointSummary {
  readonly epoch: number;
  /** ms since the epoch. */
  readonly at: number;
  /** From its first barrier to the last report. */
  readonly tookMs: number;
  /** Of which it consists, and their bytes together. */
  readonly files: number;
  readonly bytes: number;
  /** Channels whose two ends counted the same records until then, and how many those are. */
  readonly proof: FlowProof | undefined;
}

/** A savepoint that is not what it should be. */
export interface DamagedSavepoint {
  readonly name: string;
  readonly why: string;
}

/** A checkpoint that can be begun from. */
export interface CheckpointInfo extends CheckpointSummary {
  /** All input had ended: nothing comes behind it. */
  readonly isFinal: boolean;
  /** Its name as a savepoint, when it is one. */
  readonly savepoint: string | undefined;
  /** What is wrong with it, where that is known. */
  readonly damaged: string | undefined;
  /** The whole name of the job that keeps it: one of the same name may have before. */
  readonly lineage: string;
  /** The job was restored from an older one since. */
  readonly isLeft: boolean;
  /** The states that are in it. */
  readonly states: readonly StateHeader[];
}

export interface JobSummary {
  readonly job: string;
  /** Its whole name in the store: another job of the same name has another. */
  readonly lineage: string;
  readonly app: string;
  readonly state: JobState;
  /** More exact than the state: `waiting for workers`. */
  readonly phase: string;
  /** `3.1`: leader epoch and attempt. */
  readonly generation: string;
  readonly workers: readonly string[];
  /** Attempts after the first. */
  readonly restarts: number;
  /** What ended the last attempt. */
  readonly lastEnd: string | undefined;
  readonly error: string | undefined;
  readonly epoch: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** The newest one, which the next attempt begins from; undefined before the first. */
  readonly checkpoint: CheckpointSummary | undefined;
  /** What the next one waits for, when it takes long. */
  readonly late?: string | undefined;
  /** What the app asked for and has not, as there are too few workers, or others. */
  readonly short?: readonly string[] | undefined;
  /** Files of it that were read back and are damaged, until a checkpoint does without them. */
  readonly damaged: readonly string[];
  /** Savepoints that were read back and are damaged. */
  readonly damagedSavepoints: readonly DamagedSavepoint[];
  /** That it went back to an older checkpoint by itself, since newer ones were damaged. */
  readonly wentBack?: { readonly from: number; readonly to: number; readonly why: string };
  /** Where checkpoints are kept, and what is lost with what. */
  readonly durability: string;
}

/** A job's status over all its workers, with what the coordinator knows of it. */
export interface ClusterJobStatus extends JobStatus {
  readonly cluster: JobSummary;
}

export interface ClusterSummary {
  readonly cluster: string;
  readonly engine: string;
  readonly leaderEpoch: number;
  readonly workers: number;
  readonly free: number;
  readonly jobs: number;
  /** The URL of the store where checkpoints are. */
  readonly store: string;
  /** Refused connections and messages, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}
