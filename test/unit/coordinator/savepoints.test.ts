import { expect, test } from "bun:test";
import { epochOfName, Savepoints } from "../../../src/coordinator/savepoints.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { SnapshotLab } from "../../support/snapshot-lab.ts";

const manifest = (epoch: number): Manifest => ({
  epoch,
  generation: { leaderEpoch: 1, attempt: 1 },
  app: "a",
  graphHash: "ab",
  keyGroups: 256,
  at: 5,
  tookMs: 1,
  isFinal: false,
  states: [],
  tasks: [],
  positions: [],
  committables: [],
});

test("savepoints are there under their names, the oldest first", async () => {
  const lab = new SnapshotLab();
  const savepoints = new Savepoints(lab.store.blobs, lab.crypto, "jobs/a-1");
  for (const epoch of [12, 3, 12]) {
    expect(await savepoints.keep(manifest(epoch))).toBe(`sp-${epoch}`);
  }
  lab.disk.crash();
  expect((await savepoints.list()).savepoints).toEqual([
    { name: "sp-3", manifest: manifest(3) },
    { name: "sp-12", manifest: manifest(12) },
  ]);
});

test("a wrong bit in a savepoint is found, with its name", async () => {
  const lab = new SnapshotLab();
  const savepoints = new Savepoints(lab.store.blobs, lab.crypto, "jobs/a-1");
  await savepoints.keep(manifest(3));
  await savepoints.keep(manifest(4));
  const good = await lab.store.blobs.get("jobs/a-1/savepoints/sp-3");
  for (let bit = 0; bit < good.length * 8; bit += 3) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    lab.disk.put("/store/blobs/jobs/a-1/savepoints/sp-3", bad);
    const { savepoints: others, unreadable } = await savepoints.list();
    expect(others.map(({ name }) => name)).toEqual(["sp-4"]);
    expect(unreadable).toEqual([
      {
        name: "sp-3",
        why: expect.stringContaining("savepoint jobs/a-1/savepoints/sp-3 is damaged"),
      },
    ]);
  }
});

test("a name says which checkpoint it keeps, or nothing", () => {
  const names = ["sp-12", "damaged-7", "sp-", "other"];
  expect(names.map(epochOfName)).toEqual([12, 7, Infinity, Infinity]);
});
