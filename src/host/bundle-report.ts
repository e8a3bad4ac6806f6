/** What the child that bundles and tries an app is asked, and what it answers: JSON lines. */
import type { AppGraph } from "../coordinator/job-spec.ts";

export interface BundleRequest {
  /** Absolute path of the app's file. */
  readonly file: string;
  readonly cacheFolder: string;
  readonly set: Readonly<Record<string, string>>;
  /** Whether the graph is wanted too, as a coordinator keeps it. */
  readonly wantsGraph?: boolean;
}

/** What the child is at, for the message about one that hangs or dies. */
export type BundlePhase = "bundle" | "import" | "build";

export interface Bundled {
  /** Absolute path of the bundle, named by its hash. */
  readonly bundle: string;
  readonly sha256: string;
  /** What each part took. */
  readonly ms: Readonly<Record<BundlePhase, number>>;
  readonly app?: string;
  readonly graph?: AppGraph;
}

export type BundleReport =
  | { readonly type: "phase"; readonly phase: BundlePhase }
  /** What the bundle is made of, or what keeps it from being made: absolute paths. */
  | { readonly type: "inputs"; readonly files: readonly string[] }
  | ({ readonly type: "done" } & Bundled)
  | { readonly type: "failed"; readonly code: string; readonly message: string };
