import type { LogLevels } from "../model/log-levels.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { WorkerPorts } from "./ports.ts";

/** What a job is started with. */
export interface JobSettings {
  readonly job: string;
  readonly app: string;
  readonly worker: string;
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly ports: WorkerPorts;
  /** Whether records are counted per step. */
  readonly metrics: boolean;
  /** False runs the plain form of the chain. */
  readonly compiled?: boolean;
  readonly generation?: number;
  /** Levels of the steps' logs; by default `info`. */
  readonly logLevels?: LogLevels;
}
