/** Which instance of a task a record goes to (pure, but for the turn of `rebalance`). */
import { unreachable } from "../base/assert.ts";
import { type Key, keyGroup } from "../model/key.ts";
import { KEY_GROUPS } from "../model/limits.ts";
import type { Partitioner } from "../model/plan.ts";

/** The instance for a record and its key; -1 for all of them. */
export type Choose = (key: Key, record: unknown) => number;

/**
 * `groups` is the table key group to instance, of as many instances as `count`. `by` is a sink's
 * own key, where it has one: equal keys take the same connection. `near` is the instance that
 * records which are dealt by nothing go to.
 */
export function chooser(
  partitioner: Partitioner,
  groups: readonly number[],
  count: number,
  by?: (record: unknown) => Key,
  near = 0,
  home?: (record: unknown) => number | undefined,
): Choose {
  switch (partitioner) {
    case "hash":
      // The table is read for every record: a typed array has no holes to look out for.
      return hashChooser(Uint16Array.from(groups));
    case "collect":
      return () => 0;
    case "forward":
      return () => near;
    case "home":
      return (_, record) => home?.(record) ?? near;
    case "broadcast":
      return () => -1;
    case "sink":
      return by === undefined
        ? turnChooser(count)
        : (_, record) => keyGroup(by(record), KEY_GROUPS) % count;
    case "rebalance":
      return turnChooser(count);
    default:
      return unreachable(partitioner);
  }
}

function turnChooser(count: number): Choose {
  let turn = 0;
  return () => {
    turn = turn + 1 < count ? turn + 1 : 0;
    return turn;
  };
}

function hashChooser(table: Uint16Array): Choose {
  return (key) => table[keyGroup(key, table.length)]!;
}
