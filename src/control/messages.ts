/**
 * Every message between coordinator and workers, the direction in the type's name. Plain data.
 *
 * A message of a job carries the generation: one of another generation is dropped and counted.
 */
import type { PartSnapshot, Restore } from "../model/checkpoint.ts";
import type { ClaimAnswer } from "../model/claims.ts";
import type { Generation, Placement } from "../model/placement.ts";
import type { JobStatus } from "../model/status.ts";
import type { Address } from "../ports/network.ts";
import type { Engine } from "./version.ts";

/** What a worker says of itself when it registers, proved by `proof`. */
export interface WorkerIntroduction {
  readonly name: string;
  /** 32 hexadecimal digits, anew for each process: two of one name are told apart by it. */
  readonly incarnation: string;
  readonly engine: Engine;
  /** Where other workers bring records. */
  readonly data: Address;
  /** Tells hosts apart. */
  readonly host: string;
  /** The cluster that it was in before; empty when it was in none. */
  readonly cluster: string;
  /** What it still runs, when its connection was lost and made again. */
  readonly running: { readonly job: string; readonly generation: Generation } | undefined;
}

/** A reader asks for a name of its source, gives one up, or tells where it listens: see
 *  `model/claims`. */
export type ClaimSaid =
  | {
      readonly type: "claim";
      readonly source: string;
      readonly name: string;
      /** No checkpoint knows it: of such names there may be `room`. */
      readonly isNew: boolean;
      readonly room: number;
    }
  | {
      readonly type: "give_up";
      readonly source: string;
      readonly name: string;
      readonly left: string;
    }
  | {
      readonly type: "listens";
      readonly source: string;
      readonly addresses: readonly Address[];
    };

/** What it hears of it, and of others. */
export type ClaimHeard =
  | {
      readonly type: "claimed";
      readonly source: string;
      readonly name: string;
      readonly answer: ClaimAnswer;
    }
  | { readonly type: "claim_free"; readonly source: string; readonly name: string }
  | {
      readonly type: "others";
      readonly source: string;
      readonly addresses: readonly Address[];
    };

/** One attempt of one job. */
export interface OfJob {
  readonly job: string;
  readonly generation: Generation;
}

export type ToCoordinator =
  /** The answer to `challenge`: the proof is over both nonces and the name. */
  | {
      readonly type: "hello";
      readonly worker: WorkerIntroduction;
      readonly nonce: Uint8Array;
      readonly proof: Uint8Array;
    }
  /** Begins another connection of the same process, in place of `hello`: nothing but heartbeats
   *  comes by it, from where they come also while the loop is stuck. */
  | {
      readonly type: "pulse";
      readonly worker: WorkerIntroduction;
      readonly nonce: Uint8Array;
      readonly proof: Uint8Array;
    }
  /** `tick` grows with each turn of the loop: one that stands still is stuck. */
  | { readonly type: "heartbeat"; readonly tick: number; readonly rss: number }
  /** A piece of a bundle is wanted. */
  | { readonly type: "bundle_wanted"; readonly hash: string; readonly offset: number }
  | ({ readonly type: "ready" } & OfJob)
  | ({ readonly type: "refused"; readonly problem: Problem } & OfJob)
  /** All is open and reads. */
  | ({ readonly type: "started" } & OfJob)
  /** Everything here is durable as it was at the barrier, and sinks have prepared. */
  | ({
      readonly type: "barrier_done";
      readonly epoch: number;
      readonly snapshot: PartSnapshot;
    } & OfJob)
  /** `isSealed`: nothing that was pushed into sinks waits for another epoch. */
  | ({ readonly type: "committed"; readonly epoch: number; readonly isSealed: boolean } & OfJob)
  /** All input here is processed. */
  | ({ readonly type: "drained" } & OfJob)
  | ({ readonly type: "failed"; readonly problem: Problem } & OfJob)
  /** Everything of the job here is closed. */
  | ({ readonly type: "released" } & OfJob)
  | (ClaimSaid & OfJob)
  | ({ readonly type: "report"; readonly id: number; readonly status: JobStatus } & OfJob)
  /** It leaves in good order. */
  | { readonly type: "bye" };

/** A failure, as far as it can be told over a wire. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly domain: "user" | "external" | "internal";
  /** The worker that could not be reached, when it is about one. */
  readonly peer?: string | undefined;
}

export type ToWorker =
  | {
      readonly type: "challenge";
      readonly nonce: Uint8Array;
      readonly engine: Engine;
      readonly cluster: string;
    }
  | {
      readonly type: "welcome";
      readonly leaderEpoch: number;
      readonly proof: Uint8Array;
      readonly heartbeatMs: number;
    }
  /** The answer to a heartbeat: the worker knows that it is heard. */
  | { readonly type: "heard" }
  /** The connection is closed behind it. */
  | {
      readonly type: "refuse";
      readonly code: string;
      readonly message: string;
      /** Whether the same worker may be welcome later. */
      readonly retryable: boolean;
    }
  | {
      readonly type: "bundle_chunk";
      readonly hash: string;
      readonly offset: number;
      /** Of the whole bundle. */
      readonly size: number;
      readonly bytes: Uint8Array;
    }
  | ({ readonly type: "deploy" } & Deployment)
  /** All workers are ready. */
  | ({ readonly type: "start" } & OfJob)
  /** `damaged`: files of checkpoints. What is in them is written anew, as a whole. */
  | ({
      readonly type: "barrier";
      readonly epoch: number;
      readonly damaged: readonly string[];
    } & OfJob)
  | ({ readonly type: "commit"; readonly epoch: number } & OfJob)
  /** Input ends; what is inside is processed. */
  | ({ readonly type: "drain" } & OfJob)
  /** Everything of the job is closed at once, and told by `released`. */
  | ({ readonly type: "release" } & OfJob)
  | (ClaimHeard & OfJob)
  | ({ readonly type: "report_wanted"; readonly id: number } & OfJob);

/** What a worker needs to run its part. */
export interface Deployment extends OfJob {
  readonly app: string;
  /** SHA-256 of the app's bundle, in hexadecimal. */
  readonly bundle: string;
  /** Options of the app. */
  readonly set: Readonly<Record<string, string>>;
  readonly graphHash: string;
  /** The graph as lines, so that a difference can be named. */
  readonly graph: readonly string[];
  readonly placement: Placement;
  /** The worker's place in `placement.workers`. */
  readonly self: number;
  readonly metrics: boolean;
  readonly store: StoreOfJob;
  /** Of epoch 0: it begins with empty state, and sources from their start. */
  readonly restore: Restore;
}

/** Where a job's checkpoints are kept. */
export interface StoreOfJob {
  readonly url: string;
  /** Before the names of all blobs of the job. */
  readonly prefix: string;
  /** A blob that the coordinator has written, and the SHA-256 of its content: a worker that finds
   *  it sees the same store. */
  readonly proof: { readonly name: string; readonly sha256: string };
}

/** Whether two are one attempt. */
export function isSameGeneration(a: Generation, b: Generation): boolean {
  return a.leaderEpoch === b.leaderEpoch && a.attempt === b.attempt;
}

/** Below 0 when `a` is older. */
export function compareGenerations(a: Generation, b: Generation): number {
  return a.leaderEpoch - b.leaderEpoch || a.attempt - b.attempt;
}

/** `3.1`. */
export function generationText({ leaderEpoch, attempt }: Generation): string {
  return `${leaderEpoch}.${attempt}`;
}
