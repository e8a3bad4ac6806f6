/** The state of one key, as an object in memory. */
import { ownText } from "../base/own-text.ts";
import type { Key } from "../model/key.ts";
import type { StateEntry } from "./keyed-state.ts";

export class MemoryEntry<S> implements StateEntry<S> {
  readonly key: Key;
  readonly group: number;
  value: S;
  epoch: number;
  /** ms of the table's clock, where the state has a ttl. */
  touchedAt: number;
  isGone: boolean;
  /** The snapshot that has it last, as `TableSaver` counts them; 0 before the first. */
  saved = 0;
  /** Its place among those of its group; -1 while it is in no table. */
  at = -1;

  constructor(key: Key, group: number, value: S, epoch: number, touchedAt: number) {
    this.key = key;
    this.group = group;
    this.value = value;
    this.epoch = epoch;
    this.touchedAt = touchedAt;
    this.isGone = false;
  }
}

/** Told of entries that are about to change, or to go, for the first time in an epoch. */
export interface EntrySaver {
  before(entry: MemoryEntry<unknown>): void;
}

/** A key that pins no larger text: a substring would hold the whole chunk it was cut from. */
export function ownKey(key: Key): Key {
  if (typeof key === "string") return ownText(key);
  if (typeof key !== "object") return key;
  return Object.freeze(key.map((part) => (typeof part === "string" ? ownText(part) : part)));
}
