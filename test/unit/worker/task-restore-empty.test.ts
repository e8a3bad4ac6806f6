/** Key groups that nobody had state of are in the chain of whoever takes them over. */
import { expect, test } from "bun:test";
import { keyGroup } from "../../../src/model/key.ts";
import { KEY_GROUPS } from "../../../src/model/limits.ts";
import type { GroupRanges } from "../../../src/model/checkpoint.ts";
import { ALL, contents, context, SnapshotLab, SPECS } from "../../support/snapshot-lab.ts";

const specs = { value: SPECS["value"]! };
const HALF: GroupRanges = [[0, KEY_GROUPS / 2]];
const pace = { sliceEntries: 10_000, smallEntries: 0 };

/** What one instance kept that had half of the groups, while the other half was without state. */
async function halfOnly() {
  const lab = new SnapshotLab();
  const tables = lab.tables(specs);
  for (let key = 0; key < 5_000; key++) {
    if (keyGroup(key) < KEY_GROUPS / 2) tables[0]!.access(key, 0, context);
  }
  const keeper = lab.keeper(tables, HALF, [], pace);
  keeper.freeze(1);
  return { lab, snapshots: await lab.done(keeper.write(1)) };
}

test.each([0, 1])("groups without state are taken over, and %d keys change then", async (count) => {
  const { lab, snapshots } = await halfOnly();
  const { tables, chain } = await lab.restore(snapshots, ALL, specs);
  const keeper = lab.keeper(tables, ALL, chain, pace);
  for (let key = 0; key < count; key++) tables[0]!.access(key, 0, context);
  keeper.freeze(2);
  const later = await lab.done(keeper.write(2));
  const { tables: restored } = await lab.restore(later, ALL, specs);
  expect(contents(restored)).toEqual(contents(tables));
});
