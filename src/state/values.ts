/** The value of a key's state, of whatever kind: made, checked, guarded, upgraded, moved. */
import { unreachable } from "../base/assert.ts";
import { userError } from "../base/errors.ts";
import { copyPlain, notPlain } from "../base/plain.ts";
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";
import { EntryList, EntryMap, type Undoable } from "./entry-map.ts";

/** Makes the first value of a key. @throws {WallarooError} `state_not_plain` */
export function makeValue(spec: StateSpec<unknown>, key: Key, ctx: StepContext): unknown {
  switch (spec.kind) {
    case "value": {
      const value = spec.init?.(key, ctx);
      checkPlain(value);
      return value;
    }
    case "map":
      return new EntryMap<unknown>();
    case "list":
      return new EntryList<unknown>();
    case "several": {
      const parts = spec.parts ?? [];
      return Object.fromEntries(parts.map(([name, part]) => [name, makeValue(part, key, ctx)]));
    }
    default:
      return unreachable(spec.kind);
  }
}

/** Remembers a value before a call that may fail; the result puts it back. */
export function remember(value: unknown): { back(): unknown; forget(): void } {
  if (isUndoable(value)) {
    value.begin();
    return {
      back: () => {
        value.rollback();
        return value;
      },
      forget: () => value.end(),
    };
  }
  const parts = Object.entries(value as Record<string, unknown>);
  if (!parts.some(([, part]) => isUndoable(part))) {
    const copy = copyPlain(value);
    return { back: () => copy, forget: () => undefined };
  }
  const remembered = parts.map(([name, part]) => [name, remember(part)] as const);
  return {
    back: () => Object.fromEntries(remembered.map(([name, part]) => [name, part.back()])),
    forget: () => {
      for (const [, part] of remembered) part.forget();
    },
  };
}

function isUndoable(value: unknown): value is Undoable {
  return value instanceof EntryMap || value instanceof EntryList;
}

/** Refuses a state that is no object or not plain; `maker` is what gave it. */
export function checkPlain(value: unknown, maker = "state(init)"): void {
  if (typeof value !== "object" || value === null) {
    throw userError(
      "state_not_plain",
      `${maker} gave ${value === null ? "null" : typeof value}: state is changed in place, ` +
        "so it must be an object, such as { count: 0 }",
    );
  }
  const found = notPlain(value);
  if (found === undefined) return;
  throw userError(
    "state_not_plain",
    `state is not plain data (${found}): use objects, arrays, Map, Set, Date, typed arrays`,
  );
}

/**
 * The bytes of a value, about: strings as two bytes a character, all else as eight. Stops at `max`.
 */
export function sizeOf(value: unknown, max: number): number {
  if (typeof value === "string") return value.length * 2;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  const inner: Iterable<unknown> =
    Symbol.iterator in value ? (value as Iterable<unknown>) : Object.entries(value);
  let size = 16;
  for (const part of inner) {
    size += sizeOf(part, max - size);
    if (size > max) return size;
  }
  return size;
}
