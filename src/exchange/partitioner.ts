/** Which instance of a task a record goes to (pure, but for the turn of `rebalance`). */
import type { Key } from "../model/key.ts";
import { keyGroup } from "../model/key.ts";
import type { Partitioner } from "../model/plan.ts";

/** The instance for a record of a key; -1 for all of them. */
export type Choose = (key: Key) => number;

/** `groups` is the table key group to instance, of as many instances as `count`. */
export function chooser(
  partitioner: Partitioner,
  groups: readonly number[],
  count: number,
): Choose {
  switch (partitioner) {
    case "hash":
      // The table is read for every record: a typed array has no holes to look out for.
      return hashChooser(Uint16Array.from(groups));
    case "collect":
      return () => 0;
    case "broadcast":
      return () => -1;
    case "rebalance": {
      let turn = 0;
      return () => {
        turn = turn + 1 < count ? turn + 1 : 0;
        return turn;
      };
    }
  }
}

function hashChooser(table: Uint16Array): Choose {
  return (key) => table[keyGroup(key, table.length)]!;
}
