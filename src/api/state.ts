import { type Duration, durationMs } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import type { Codec } from "../model/codec.ts";
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { ListState, MapState, StateSpec, Ttl } from "../model/state-spec.ts";
import type { PlainData } from "./plain.ts";

/** How long state is kept that nobody touches. */
export interface TtlOptions {
  /** A key that no record touched for so long is forgotten; its next record starts afresh. */
  readonly ttl?: { readonly after: Duration; readonly time?: "processing" | "event" };
}

/** Options of state. */
export interface StateOptions<S> extends TtlOptions {
  /** Starts at 1. Bump it when the shape changes; `upgrade` then gets the old value. */
  readonly version?: number;
  readonly upgrade?: (old: unknown, fromVersion: number) => S;
  /** How the value is stored, when plain data is not what it is best kept as. */
  readonly codec?: Codec<S>;
  /** `"any"`: values that were kept are taken as they are, although `init` makes other fields now.
   *  Else that needs a new `version` and `upgrade`. */
  readonly shape?: "any";
}

/**
 * State of a keyed step: one value for each key, made by `init` when the key's first record comes.
 * Nobody declares keys. The value is plain data and is changed in place.
 *
 * @example
 * const tally = state((key) => ({ key, count: 0 }), { ttl: { after: "1h" } });
 */
export function state<S>(
  init: ((key: Key, ctx: StepContext) => S) & PlainData<S>,
  options: StateOptions<S> = {},
): StateSpec<S> {
  if (typeof init !== "function") {
    throw userError("bad_state", "state(init): init must be a function that makes a key's state");
  }
  return {
    kind: "value",
    init,
    ...common(options),
    ...(options.codec === undefined ? {} : { codec: options.codec }),
    ...(options.shape === undefined ? {} : { hasAnyShape: isAny(options.shape) }),
  };
}

/**
 * A map for each key, whose entries are read, changed and stored each by itself: for state that is
 * large per key. `upgrade` gets one entry's value.
 *
 * @example
 * const seen = mapState<string, { at: number }>();
 */
export function mapState<K extends string | number | boolean, V>(
  options: Omit<StateOptions<V>, "codec" | "shape"> = {},
): StateSpec<MapState<K, V>> {
  return { kind: "map", ...common(options) };
}

/** A list for each key, whose entries are stored each by itself; cheap at both ends. */
export function listState<V>(
  options: Omit<StateOptions<V>, "codec" | "shape"> = {},
): StateSpec<ListState<V>> {
  return { kind: "list", ...common(options) };
}

function isAny(shape: unknown): true {
  if (shape === "any") return true;
  throw userError("bad_state", `state: shape is ${String(shape)}: leave it out, or "any"`);
}

/** One state, or several by name. */
export type StateArg = StateSpec<any> | Readonly<Record<string, StateSpec<any>>>;

/** What a step's function gets: the value, or an object of values. */
export type StateOf<X extends StateArg> =
  X extends StateSpec<infer S>
    ? S
    : { readonly [F in keyof X]: X[F] extends StateSpec<infer S> ? S : any };

/**
 * One spec out of what a step was given. Several states of a key expire as one: the longest ttl of
 * them counts, and one without a ttl keeps them all.
 */
export function oneState(given: StateArg, step: string): StateSpec<unknown> {
  if (isSpec(given)) return given;
  const parts = typeof given === "object" && given !== null ? Object.entries(given) : [];
  for (const [name, part] of parts) {
    if (!isSpec(part)) {
      throw userError("bad_state", `step "${step}": state "${name}" must be made by state()`);
    }
  }
  if (parts.length === 0) {
    throw userError("bad_state", `step "${step}": the state must be made by state()`);
  }
  const ttls = parts.map(([, part]) => (part as StateSpec<unknown>).ttl);
  const longest = ttls.includes(undefined)
    ? undefined
    : ttls.reduce((a, b) => (a!.afterMs > b!.afterMs ? a : b));
  const version = Math.max(...parts.map(([, part]) => (part as StateSpec<unknown>).version));
  const several = { kind: "several", version, parts: parts as never } as const;
  return longest === undefined ? several : { ...several, ttl: longest };
}

function isSpec(given: unknown): given is StateSpec<unknown> {
  const kind = (given as { kind?: unknown } | undefined)?.kind;
  const version = (given as { version?: unknown } | undefined)?.version;
  return typeof kind === "string" && typeof version === "number";
}

function common(options: {
  readonly version?: number | undefined;
  readonly upgrade?: ((old: unknown, fromVersion: number) => unknown) | undefined;
  readonly ttl?: TtlOptions["ttl"] | undefined;
}): {
  readonly version: number;
  readonly upgrade?: (old: unknown, fromVersion: number) => unknown;
  readonly ttl?: Ttl;
} {
  const version = options.version ?? 1;
  if (!Number.isInteger(version) || version < 1) {
    throw userError("bad_state", `state version is ${version}: versions are 1, 2, 3, ...`);
  }
  return {
    version,
    ...(options.upgrade === undefined ? {} : { upgrade: options.upgrade }),
    ...(options.ttl === undefined ? {} : { ttl: ttlOf(options.ttl) }),
  };
}

function ttlOf(ttl: NonNullable<TtlOptions["ttl"]>): Ttl {
  const afterMs = durationMs(ttl.after, "ttl");
  if (afterMs > 0) return { afterMs, time: ttl.time ?? "processing" };
  throw userError("bad_state", "a ttl of 0 would forget everything at once: give a duration");
}
