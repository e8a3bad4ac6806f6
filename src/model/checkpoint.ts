/**
 * What a checkpoint is, as plain data: the manifest names everything that one instant of a job
 * consists of. It is a record of the job's log; a checkpoint exists when its manifest is there.
 */
import type { Position } from "./context.ts";
import type { Generation } from "./placement.ts";
import type { Epoch } from "./sink.ts";
import type { StateHeader } from "./state-header.ts";

/** A file of the store that belongs to a checkpoint. */
export interface FileRef {
  /** Name of the blob. */
  readonly name: string;
  readonly size: number;
  /** Of all its bytes, in hexadecimal. */
  readonly sha256: string;
  /** The epoch at whose barrier it was written. */
  readonly epoch: Epoch;
}

/** Key groups as `[from, to)` pairs, ascending. */
export type GroupRanges = readonly (readonly [number, number])[];

/** A step, and the key groups of it that the instance owned. */
export interface KeptStep {
  readonly name: string;
  readonly groups: GroupRanges;
}

/**
 * What one instance of a task kept at a barrier: a chain of files, each with the entries that
 * changed since the one before, and all entries of some key groups. For a key group the files are
 * read from the newest backwards to the first that holds all of it.
 */
export interface TaskSnapshot {
  /** With something in these files: tasks may be cut differently when it is read. */
  readonly steps: readonly KeptStep[];
  /** The oldest first. */
  readonly files: readonly FileRef[];
}

/** Where a split is read on. */
export interface SplitPosition {
  readonly source: string;
  readonly split: string;
  /** Undefined where the split has no positions. */
  readonly position: Position | undefined;
  /** It was read to its end: nothing is lost when it is no longer there. */
  readonly isDone: boolean;
}

/** A transaction of a sink that is prepared, and commits because it is in a manifest. */
export interface Committable {
  /** The sink's step; of a `sinkEach`, `target` says which of its targets. */
  readonly sink: string;
  readonly target: string | undefined;
  /** Which connection of the sink. */
  readonly index: number;
  /** Plain data that the sink's own committer reads. */
  readonly pending: unknown;
}

/** What a channel carried from the start of the generation to a barrier, as one end counted it. */
export interface ChannelFlow {
  readonly channel: number;
  /** Records, where the sender tells. */
  readonly sent?: number;
  /** Records that were processed, where the receiver tells. */
  readonly received?: number;
  /** Of the checksums of the frames that carried them, where there were frames. */
  readonly sum?: number | undefined;
}

/** Records of a step, from the start of the generation to a barrier. */
export interface StepCounts {
  readonly in: number;
  readonly out: number;
  /** That failed and were skipped; of a source, frames that were no record. */
  readonly dropped: number;
  readonly diverted: number;
}

/** On one worker, by the step's place in the graph. */
export interface StepFlow extends StepCounts {
  readonly step: number;
}

/** All channels had carried what was sent, and all steps been given what those before them gave, at
 *  the barrier of a checkpoint. */
export interface FlowProof {
  readonly channels: number;
  /** Of the generation, through all channels. */
  readonly records: number;
  /** Of the job: also those that led to the checkpoint from which the generation began. Absent in
   *  manifests of older engines, as what follows. */
  readonly total?: number | undefined;
  /** Barriers of the job at which all of this was so, this one included. */
  readonly epochs?: number | undefined;
  /** Of the generation; empty where records are not counted per step. */
  readonly steps?: readonly (StepCounts & { readonly name: string })[] | undefined;
}

/** What a worker reports of one barrier. */
export interface PartSnapshot {
  readonly tasks: readonly TaskSnapshot[];
  readonly positions: readonly SplitPosition[];
  readonly committables: readonly Committable[];
  /** Absent in what is stored, as the next. */
  readonly flows?: readonly ChannelFlow[];
  /** Absent where records are not counted per step. */
  readonly steps?: readonly StepFlow[];
}

/** A checkpoint of a job. */
export interface Manifest extends PartSnapshot {
  readonly epoch: Epoch;
  readonly generation: Generation;
  readonly app: string;
  readonly graphHash: string;
  /** Of the app's code and its options: equal for equal ones. Absent in those of older engines. */
  readonly version?: string | undefined;
  readonly keyGroups: number;
  /** ms since the epoch, by the coordinator's clock. */
  readonly at: number;
  /** From the first barrier to the last report, ms. */
  readonly tookMs: number;
  /** All input had ended: nothing comes behind it. */
  readonly isFinal: boolean;
  /** To refuse what does not fit before anything runs. */
  readonly states: readonly StateHeader[];
  /** Absent in those of older engines. */
  readonly proof?: FlowProof | undefined;
}

/** What a deployment begins from. */
export interface Restore extends PartSnapshot {
  readonly epoch: Epoch;
}
