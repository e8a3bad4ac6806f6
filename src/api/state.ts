import { userError } from "../base/errors.ts";
import type { Codec } from "../model/codec.ts";
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { PlainData } from "./plain.ts";

export interface StateOptions<S> {
  /** Starts at 1. Bump it when the shape changes; `upgrade` then gets the old value. */
  readonly version?: number;
  readonly upgrade?: (old: unknown, fromVersion: number) => S;
  /** How the value is stored, when plain data is not what it is best kept as. */
  readonly codec?: Codec<S>;
}

/**
 * State of a keyed step: one value for each key, made by `init` when the key's first record comes.
 * Nobody declares keys. The value is plain data and is changed in place.
 *
 * @example
 * const tally = state((key) => ({ key, count: 0 }));
 */
export function state<S>(
  init: ((key: Key, ctx: StepContext) => S) & PlainData<S>,
  options: StateOptions<S> = {},
): StateSpec<S> {
  if (typeof init !== "function") {
    throw userError("bad_state", "state(init): init must be a function that makes a key's state");
  }
  const version = options.version ?? 1;
  if (!Number.isInteger(version) || version < 1) {
    throw userError("bad_state", `state version is ${version}: versions are 1, 2, 3, ...`);
  }
  return {
    init: init as (key: Key, ctx: StepContext) => S,
    version,
    ...(options.upgrade === undefined ? {} : { upgrade: options.upgrade }),
    ...(options.codec === undefined ? {} : { codec: options.codec }),
  };
}
