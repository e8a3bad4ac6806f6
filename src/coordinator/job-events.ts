/** What happens to a job, and what is done about it (data only). */
import type { Problem } from "../control/messages.ts";
import type { FlowProof, Manifest, PartSnapshot, Restore } from "../model/checkpoint.ts";
import type { Generation, Placement } from "../model/placement.ts";
import type { Past, WentBack } from "./job-records.ts";
import type { Outcome } from "./job-run.ts";
import type { FlowMap } from "./proof.ts";
import type { DamagedSavepoint } from "../model/cluster-status.ts";

/** What a worker says of its part. */
export type PartEvent =
  | { readonly type: "ready" | "started" | "drained" | "released" }
  | { readonly type: "refused" | "failed"; readonly problem: Problem }
  | { readonly type: "barrier_done"; readonly epoch: number; readonly snapshot: PartSnapshot }
  | { readonly type: "committed"; readonly epoch: number; readonly isSealed: boolean };

export type JobEvent =
  | {
      readonly type: "part";
      readonly worker: string;
      readonly generation: Generation;
      readonly event: PartEvent;
    }
  /** Workers were found, and all was placed on them. */
  | {
      readonly type: "placed";
      readonly placement: Placement;
      /** Newer than that of any deployment before, of whatever job. */
      readonly generation: Generation;
      readonly flow: FlowMap;
    }
  /** Nobody older can add to the job's log any more; this is its newest checkpoint. */
  | {
      readonly type: "fenced";
      readonly generation: Generation;
      readonly base: Manifest | undefined;
      /** The greatest epoch that may have been begun. */
      readonly lastEpoch: number;
      /** The epoch of the newest checkpoint that there was, also of one that is given up. */
      readonly newest: number;
      /** When checkpoints were given up, as far as the log reaches. */
      readonly wentBack: WentBack | undefined;
      readonly past?: Past | undefined;
    }
  /** The newest checkpoint cannot be read, and an older one is not for the job to choose. `why`:
   *  empty where its files are whole. */
  | { readonly type: "no_way_back"; readonly generation: Generation; readonly why: string }
  /** The manifest of the epoch under way is in the log. */
  | { readonly type: "stored"; readonly manifest: Manifest }
  /** A file of the newest checkpoint was read back, and is not what it should be. */
  | { readonly type: "damaged"; readonly file: string }
  /** Savepoints that were read back and are not what they should be; no others are known. */
  | { readonly type: "savepoints_damaged"; readonly all: readonly DamagedSavepoint[] }
  /** Whether it is there cannot be told: the next fence will find out. */
  | { readonly type: "store_lost"; readonly epoch: number }
  /** It cannot be placed at all. */
  | { readonly type: "unplaceable"; readonly why: string }
  | { readonly type: "lost"; readonly worker: string; readonly why: string }
  | { readonly type: "stop"; readonly how: "drain" | "now" }
  /** An epoch is due, or somebody asks for one. */
  | { readonly type: "round"; readonly asker: number | undefined }
  | { readonly type: "clock" };

/** A message of this job, but for what all have: job and generation. */
export type JobMessage =
  | { readonly type: "start" | "drain" | "release" }
  | { readonly type: "barrier"; readonly epoch: number; readonly damaged: readonly string[] }
  | { readonly type: "commit"; readonly epoch: number };

export type JobAction =
  /** Takes the job's log; told by `fenced`. `suspect`: the checkpoint that cannot be read, where an
   *  older one is to be looked for. */
  | {
      readonly do: "fence";
      readonly generation: Generation;
      readonly epoch: number;
      readonly suspect: number | undefined;
    }
  | {
      readonly do: "deploy";
      readonly placement: Placement;
      readonly generation: Generation;
      readonly restore: Restore;
    }
  /** Puts a manifest into the log; told by `stored` or `store_lost`. */
  | {
      readonly do: "store";
      readonly epoch: number;
      readonly snapshot: PartSnapshot;
      readonly proof: FlowProof;
      readonly tookMs: number;
      readonly isFinal: boolean;
    }
  | {
      readonly do: "tell";
      readonly workers: readonly string[];
      readonly message: JobMessage;
    }
  /** Epoch `epoch` was committed, or never will be, and why. */
  | {
      readonly do: "answer";
      readonly askers: readonly number[];
      readonly epoch?: number;
      readonly why?: string;
    }
  | { readonly do: "ended"; readonly outcome: Outcome }
  /** For the log. */
  | { readonly do: "say"; readonly level: "info" | "warn" | "error"; readonly text: string };
