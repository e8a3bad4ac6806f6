/**
 * Values of one version of a state made into those of another, one by one.
 *
 * T1. The old values are not changed, whatever an `upgrade` does: it is given a copy.
 * T2. Keys, their groups and when they were last touched stay as they are.
 *
 * What is merely kept need not pass here: its table is taken over as it is.
 */
import { messageOf, userError } from "../base/errors.ts";
import { copyPlain, plainText } from "../base/plain.ts";
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import type { StateHeader } from "../model/state-header.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { PartChange, TableChange } from "../model/state-compare.ts";
import { EntryList, EntryMap } from "./entry-map.ts";
import { checkPlain, makeValue } from "./values.ts";

/** A value that is kept, wherever it is kept. */
export interface KeptEntry {
  readonly key: Key;
  readonly group: number;
  readonly value: unknown;
  /** ms of the clock of the state's ttl; 0 where it has none. */
  readonly touchedAt: number;
}

/** Where values go. */
export interface TransferTarget {
  readonly spec: StateSpec<unknown>;
  restore(key: Key, group: number, value: unknown, touchedAt: number): void;
}

/** Entries between two chances to do something else. */
const ENTRIES_PER_STEP = 1_000;

/**
 * Makes the values of `into` out of the old ones; yields now and then.
 * @throws {WallarooError} `upgrade_failed`, naming step and key
 */
export function* transferEntries(
  entries: Iterable<KeptEntry>,
  from: StateHeader,
  into: TransferTarget,
  change: TableChange,
  ctx: StepContext,
): Generator<void, void> {
  const make = valueMaker(from, into.spec, change, ctx);
  let count = 0;
  for (const { key, group, value, touchedAt } of entries) {
    into.restore(key, group, make(key, value), touchedAt);
    if (++count % ENTRIES_PER_STEP === 0) yield;
  }
}

type Make = (key: Key, old: unknown) => unknown;

function valueMaker(
  from: StateHeader,
  spec: StateSpec<unknown>,
  change: TableChange,
  ctx: StepContext,
): Make {
  const { step } = change;
  if (from.kind === "aggregate") return accumulatorMaker(from, spec, change, ctx);
  if (spec.kind !== "several") {
    const [only] = change.parts;
    return (key, old) => upgraded(spec, only!, old, { step, key });
  }
  const specs = new Map(spec.parts);
  const parts = change.parts.filter(({ how }) => how !== "dropped");
  return (key, old) => {
    const values = old as Readonly<Record<string, unknown>>;
    const fields = parts.map((part): readonly [string, unknown] => {
      const partSpec = specs.get(part.name)!;
      const where = { step, key };
      if (part.how === "begun") return [part.name, begun(partSpec, ctx, where)];
      const value = values[part.name];
      return [part.name, part.how === "kept" ? value : upgraded(partSpec, part, value, where)];
    });
    return Object.fromEntries(fields);
  };
}

/** Accumulators in the new order of the fields; those of other versions begin anew. */
function accumulatorMaker(
  from: StateHeader,
  spec: StateSpec<unknown>,
  change: TableChange,
  ctx: StepContext,
): Make {
  const places = new Map(from.parts.map(({ name }, i) => [name, i]));
  const fields = change.parts.filter(({ how }) => how !== "dropped");
  return (key, old) => {
    const fresh = begun(spec, ctx, { step: change.step, key }) as unknown[];
    return fields.map(({ name, how }, i) =>
      how === "kept" ? (old as readonly unknown[])[places.get(name)!] : fresh[i],
    );
  };
}

interface Where {
  readonly step: string;
  readonly key: Key;
}

function begun(spec: StateSpec<unknown>, ctx: StepContext, where: Where): unknown {
  try {
    return makeValue(spec, where.key, ctx);
  } catch (cause) {
    throw failed("making a state", where, cause);
  }
}

function upgraded(
  spec: StateSpec<unknown>,
  { from, to }: PartChange,
  old: unknown,
  where: Where,
): unknown {
  const upgrade = spec.upgrade!;
  try {
    if (spec.kind === "map") {
      const map = new EntryMap<unknown>();
      for (const [key, value] of old as EntryMap<unknown>) {
        map.set(key, upgrade(plainOf(value), from));
      }
      return map;
    }
    if (spec.kind === "list") {
      const list = new EntryList<unknown>();
      for (const value of old as EntryList<unknown>) list.push(upgrade(plainOf(value), from));
      return list;
    }
    const value = upgrade(plainOf(old), from);
    checkPlain(value, "upgrade");
    return value;
  } catch (cause) {
    throw failed(`upgrade from version ${from} to ${to}`, where, cause);
  }
}

/** A copy of a value as plain data: a map state as a Map, a list state as an array. */
function plainOf(value: unknown): unknown {
  if (value instanceof EntryMap) {
    return new Map(Array.from(value, ([key, inner]) => [key, copyPlain(inner)]));
  }
  if (value instanceof EntryList) return Array.from(value, copyPlain);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return copyPlain(value);
  const fields = Object.values(value);
  if (!fields.some((part) => part instanceof EntryMap || part instanceof EntryList)) {
    return copyPlain(value);
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plainOf(part)]));
}

function failed(what: string, { step, key }: Where, cause: unknown): Error {
  const text = plainText(key, RECORD_TEXT_MAX);
  return userError(
    "upgrade_failed",
    `step "${step}": ${what} threw for key ${text}: ${messageOf(cause)}`,
    cause,
  );
}
