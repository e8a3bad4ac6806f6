/** What a worker's control side asks of its data side: one job's part on this worker. */
import type { WallarooError } from "../base/errors.ts";
import type { PartSnapshot, Restore } from "../model/checkpoint.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Generation, Placement } from "../model/placement.ts";
import type { Plan } from "../model/plan.ts";
import type { JobStatus } from "../model/status.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { MetaLog } from "../ports/meta-log.ts";
import type { ClaimsOfPart } from "./part-claims.ts";

/** What a part is made of. */
export interface PartSettings {
  readonly job: string;
  readonly app: string;
  readonly worker: string;
  /** This worker's place in `placement.workers`. */
  readonly self: number;
  readonly generation: Generation;
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly placement: Placement;
  /** Whether records are counted per step. */
  readonly metrics: boolean;
  readonly store: PartStore;
  /** Undefined: state is empty, and sources begin at their start. */
  readonly restore: Restore | undefined;
  /** Absent where readers of a source cannot share anything. */
  readonly claims?: ClaimsOfPart;
}

/** Where a job's checkpoints are. */
export interface PartStore {
  readonly blobs: BlobStore;
  /** Before the names of all blobs of the job. */
  readonly prefix: string;
  /** A log of slots that are written once, by its name. */
  readonly log?: (name: string) => Promise<MetaLog>;
}

/** `finished`: input came to its end. `stopped`: it was told to end. */
export interface PartEnd {
  readonly state: "finished" | "stopped" | "failed" | "killed";
  readonly error?: WallarooError;
}

/** One attempt to run a job on one worker. */
export interface Part {
  /** Opens sinks, then sources, and begins to read. Called when all workers have their parts.
   *  @throws {WallarooError} when something cannot be opened; what was opened is closed again */
  start(): Promise<void>;
  /** Sends barrier `epoch` from all sources. Resolves when it went through all tasks here, the
   *  sinks prepared what came before it, and the state at it is durable. Works after `done` too,
   *  until `kill`. `damaged`: files of checkpoints whose state is written anew, as a whole. */
  barrier(epoch: number, damaged?: readonly string[]): Promise<PartSnapshot>;
  /** What was prepared at `epoch` is committed, then sources are told. */
  commit(epoch: number): Promise<void>;
  /** Whether all records that were pushed into sinks are prepared or committed. Sinks made by the
   *  data may need several epochs for that: after the end, barrier and commit until it is so. */
  readonly isSealed: boolean;
  /** Resolves when nothing more happens in sinks without another epoch. */
  drain(): Promise<void>;
  /** Input ends; what is inside is processed. `done` tells when. */
  stop(): void;
  status(): JobStatus;
  /** Resolves once: when all input here is processed, or at a failure. Sinks stay open after a good
   *  end, since a last epoch follows: then `kill` closes them. */
  readonly done: Promise<PartEnd>;
  /** Resolves at a failure, also behind `done`: peers may still need what this part has sent. */
  readonly failed?: Promise<WallarooError>;
  /** Closes everything at once: nothing more is processed or committed. */
  kill(): Promise<void>;
}

/** Makes a part that does not read yet, and whose channels can be reached. */
export type PartMaker = (settings: PartSettings) => Promise<Part>;
