import type { WallarooError } from "../base/errors.ts";
import type { LogLevels } from "../model/log-levels.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { RecordLogs } from "../ports/record-log.ts";
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
  /** Where sinks may put bytes at a barrier; absent where the job keeps no checkpoints. */
  readonly staging?: BlobStore | undefined;
  /** Where sources may keep input before it is read; absent where nothing is kept. */
  readonly logs?: RecordLogs | undefined;
  /** Levels of the steps' logs; by default `info`. */
  readonly logLevels?: LogLevels;
  /** Lines that one call site of users' code may write in a second; tests want all. */
  readonly logLinesMax?: number;
  /** Which version of the app it is, for people: the hash of its bundle. */
  readonly version?: string | undefined;
  /**
   * Called when a user's function threw. Present: the job is then halted with everything open,
   * until another version takes over, and the record is tried again. Absent: the job ends.
   */
  readonly onHalt?: ((error: WallarooError) => void) | undefined;
}

/** Another version of an app that runs. */
export type NextVersion = Pick<JobSettings, "app" | "pipeline" | "plan" | "version">;
