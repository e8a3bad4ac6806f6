import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { TaskSnapshot } from "../../../src/model/checkpoint.ts";
import {
  CHAIN_FILES_MAX,
  SNAPSHOT_CHAIN_FILES,
  SNAPSHOT_SMALL_ENTRIES,
} from "../../../src/model/limits.ts";
import type { EntryMap } from "../../../src/state/entry-map.ts";
import { ALL, contents, context, SnapshotLab, SPECS } from "../../support/snapshot-lab.ts";

const specs = { value: SPECS["value"]! };
const pace = { sliceEntries: 10_000, smallEntries: 0 };

async function grown(keys: number) {
  const lab = new SnapshotLab();
  const tables = lab.tables(specs);
  const [table] = tables;
  for (let key = 0; key < keys; key++) table!.access(key, 0, context);
  const keeper = lab.keeper(tables, ALL, [], pace);
  let epoch = 0;
  const round = async (changed: number) => {
    for (let i = 0; i < changed; i++) {
      const entry = table!.access((epoch * changed + i * 7) % keys, 0, context);
      (entry.value as { n: number }).n++;
    }
    keeper.freeze(++epoch);
    const [snapshot] = await lab.done(keeper.write(epoch));
    return snapshot!;
  };
  return { lab, tables, keeper, round };
}

test("where nothing changed no file is written, and the chain stays as it was", async () => {
  const { round } = await grown(5_000);
  const first = await round(10);
  expect(await round(0)).toEqual(first);
  expect((await round(1)).files).toHaveLength(2);
});

test("what a checkpoint costs follows what changed, and not what there is", async () => {
  const sizes: number[] = [];
  for (const keys of [20_000, 80_000]) {
    const { round } = await grown(keys);
    await round(0);
    let total = 0;
    for (let i = 0; i < 20; i++) total += (await round(1_000)).files.at(-1)!.size;
    sizes.push(total);
  }
  expect(sizes[1]! / sizes[0]!).toBeLessThan(1.4);
});

test("a chain stays short, and together its files hold everything", async () => {
  const { lab, tables, round } = await grown(10_000);
  let longest = 0;
  for (let i = 0; i < 3 * SNAPSHOT_CHAIN_FILES; i++) {
    const { files } = await round(3);
    longest = Math.max(longest, files.length);
  }
  expect(longest).toBeGreaterThan(SNAPSHOT_CHAIN_FILES / 2);
  expect(longest).toBeLessThanOrEqual(SNAPSHOT_CHAIN_FILES + 2);
  expect(longest).toBeLessThan(CHAIN_FILES_MAX);
  const { tables: restored } = await lab.restore([await round(1)], ALL, specs);
  expect(contents(restored)).toEqual(contents(tables));
});

test("of one key with 100,000 entries, the one that changed is written", async () => {
  const lab = new SnapshotLab();
  const specsOfMap = { map: SPECS["map"]! };
  const tables = lab.tables(specsOfMap);
  const map = tables[0]!.access("all", 0, context).value as EntryMap<number>;
  const prng = new Prng(1);
  for (let i = 0; i < 100_000; i++) map.set(i, prng.u32());
  // The pace of the engine: this is one key only, and large nevertheless.
  const keeper = lab.keeper(tables, ALL, [], {
    sliceEntries: Number.POSITIVE_INFINITY,
    smallEntries: SNAPSHOT_SMALL_ENTRIES,
  });
  keeper.freeze(1);
  await lab.done(keeper.write(1));
  const sizes: number[] = [];
  let snapshot: TaskSnapshot | undefined;
  for (let epoch = 2; epoch < 2 + SNAPSHOT_CHAIN_FILES; epoch++) {
    (tables[0]!.access("all", 0, context).value as EntryMap<number>).set(epoch, -epoch);
    keeper.freeze(epoch);
    [snapshot] = await lab.done(keeper.write(epoch));
    sizes.push(snapshot!.files.at(-1)!.size);
  }
  // Its key group is written in full once in a round, so that the chain stays short.
  expect(sizes.filter((size) => size > 2_000)).toHaveLength(1);
  expect(Math.max(...sizes)).toBeGreaterThan(400_000);
  const { tables: restored } = await lab.restore([snapshot!], ALL, specsOfMap);
  expect(contents(restored)).toEqual(contents(tables));
});

test("a store that is away is asked again, and the checkpoint comes", async () => {
  const lab = new SnapshotLab();
  const tables = lab.tables(specs);
  tables[0]!.access(1, 0, context);
  const keeper = lab.keeper(tables);
  const { blobs } = lab.store;
  const create = blobs.create.bind(blobs);
  let fails = 3;
  blobs.create = async (name) => {
    if (fails-- > 0) throw externalError("store_unavailable", "it is away");
    return await create(name);
  };
  keeper.freeze(1);
  const [snapshot] = await lab.done(keeper.write(1));
  expect(fails).toBe(-1);
  const { tables: restored } = await lab.restore([snapshot!], ALL, specs);
  expect(contents(restored)).toEqual(contents(tables));
});

test("what is in a damaged file is written anew, and the chain does without it", async () => {
  const { lab, tables, keeper, round } = await grown(5_000);
  const [first] = (await round(10)).files;
  await round(10);
  keeper.rewrite(["another"]);
  expect((await round(0)).files).toContainEqual(first!);
  keeper.rewrite([first!.name]);
  const healed = await round(0);
  expect(healed.files).toHaveLength(1);
  const { tables: restored } = await lab.restore([healed], ALL, specs);
  expect(contents(restored)).toEqual(contents(tables));
});
