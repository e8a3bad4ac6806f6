/** The records of the log of a job, and the check of what was read (pure). */
import { generation, manifest } from "../control/checkpoint-shapes.ts";
import { atLeast, count, finite, maybe, type Shape, text } from "../control/shape.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { Generation } from "../model/placement.ts";

export type JobRecord =
  /** From here on nothing of an older generation is added. `epoch`: the last that was begun. */
  | {
      readonly type: "fence";
      readonly generation: Generation;
      readonly epoch: number;
      readonly past?: Past | undefined;
    }
  | {
      readonly type: "checkpoint";
      readonly manifest: Manifest;
      readonly past?: Past | undefined;
    }
  /** Checkpoints behind `to` are given up: the newest is damaged. */
  | ({ readonly type: "back"; readonly generation: Generation } & WentBack);

/** That a job went back to a checkpoint older than the newest, by itself. */
export interface WentBack {
  /** The newest that is given up; its number is not used again. */
  readonly from: number;
  readonly to: number;
  /** What was damaged, for people. */
  readonly why: string;
}

/** How often a job was begun anew, and why last: in each record, since old ones go. */
export interface Past {
  /** When the job was created: one of its name may go on with its log. */
  readonly of: number;
  readonly restarts: number;
  readonly lastEnd: string;
}

export const LAST_END_MAX = 1_000;
const WHY_MAX = 64 * 1024;

const past = maybe(atLeast({ of: finite, restarts: count(), lastEnd: text(LAST_END_MAX) }));
const SHAPES: Readonly<Record<JobRecord["type"], Shape>> = {
  fence: atLeast({ generation, epoch: count(), past }),
  checkpoint: atLeast({ manifest, past }),
  back: atLeast({ generation, from: count(), to: count(), why: text(WHY_MAX) }),
};

export function isJobRecord(value: unknown): value is JobRecord {
  return jobRecordProblem(value) === "";
}

/** What is wrong with a value that should be a record; empty when nothing is. */
export function jobRecordProblem(value: unknown): string {
  const type =
    typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  const shape = typeof type === "string" && Object.hasOwn(SHAPES, type) ? type : undefined;
  if (shape === undefined) return `there is no record ${String(type).slice(0, 100)}`;
  return SHAPES[shape as JobRecord["type"]](value, shape) ?? "";
}
