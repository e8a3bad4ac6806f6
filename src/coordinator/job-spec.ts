import type { Plan } from "../model/plan.ts";
import type { StateHeader } from "../model/state-header.ts";
import type { FlowStep } from "../planner/flow-steps.ts";
import type { Outside } from "../planner/outside.ts";
import type { PlaceWishes } from "../planner/place.ts";

/** What a job is, as plain data: all that is needed to run it, but for the app's bundle. */
export interface JobSpec {
  readonly job: string;
  /** Names its log and its files in the store: another job of the same name has another. */
  readonly lineage: string;
  readonly app: string;
  /** Where the app was found. */
  readonly file: string;
  /** SHA-256 of the bundle, which lies beside the log. */
  readonly bundle: string;
  readonly set: Readonly<Record<string, string>>;
  /** How many workers it is to have; undefined: all that are free. */
  readonly workers: number | undefined;
  /** How often a checkpoint is taken, ms; absent: each second. */
  readonly checkpointIntervalMs?: number | undefined;
  /** Whether records are counted per step. */
  readonly metrics: boolean;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly graph: AppGraph;
  /** Jobs of its name that it goes on from, the last one first; absent for the first. */
  readonly earlier?: readonly EarlierJob[] | undefined;
}

/** What a job was begun from. */
export interface EarlierJob {
  readonly lineage: string;
  /** Of the checkpoint: what this job kept up to there is of the same history. */
  readonly epoch: number;
  /** Of its newest checkpoint: the numbers up to there are not used again. Absent in those of
   *  older engines. */
  readonly newest?: number | undefined;
}

/** A job that is to be. */
export type NewJob = Omit<JobSpec, "lineage">;

/** What of an app's graph the control plane needs: made where the app was tried. */
export interface AppGraph {
  readonly graphHash: string;
  /** One line for each step, to name a difference. */
  readonly lines: readonly string[];
  /** For one worker, and cut at its exchanges for more. */
  readonly whole: Plan;
  readonly cut: Plan;
  readonly wishes: PlaceWishes;
  readonly states: readonly StateHeader[];
  /** Absent for a job of an older engine. */
  readonly flow?: readonly FlowStep[] | undefined;
  /** Absent for a job of an older engine. */
  readonly outside?: Outside | undefined;
}

/** Before the names of its log and its files in the store. */
export function prefixOf({ lineage }: Pick<JobSpec, "lineage">): string {
  return `jobs/${lineage}`;
}
