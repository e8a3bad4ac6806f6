import type { StepContext } from "./context.ts";
import type { Codec } from "./codec.ts";
import type { Key } from "./key.ts";

/** How the state of one key begins, and how it is kept. */
export interface StateSpec<S> {
  /** Makes the state of a key at its first record. Plain data, changed in place afterwards. */
  readonly init: (key: Key, ctx: StepContext) => S;
  /** Starts at 1. Bump when the shape changes; `upgrade` then sees the old value. */
  readonly version: number;
  readonly upgrade?: (old: unknown, fromVersion: number) => S;
  readonly codec?: Codec<S>;
}
