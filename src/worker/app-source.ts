import type { Pipeline } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";

export interface AppWanted {
  /** SHA-256 of the bundle. */
  readonly bundle: string;
  readonly app: string;
  readonly set: Readonly<Record<string, string>>;
  readonly workers: number;
}

export interface BuiltApp {
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  /** The graph as lines, one for each step, as the coordinator has them. */
  readonly lines: readonly string[];
  /** Forgets what the app's modules hold. Called once, when the part is closed. */
  release(): void;
}

/** Bundles that a worker has, and what is built of them: the host's work. */
export interface AppSource {
  has(bundle: string): Promise<boolean>;
  /** `bytes` are what the hash says. */
  keep(bundle: string, bytes: Uint8Array): Promise<void>;
  /** @throws {WallarooError} what the app throws, or the planner refuses */
  build(wanted: AppWanted): Promise<BuiltApp>;
}
