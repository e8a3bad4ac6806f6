/** What is kept at a barrier is what was there at that instant, and comes back so, anywhere. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { TaskSnapshot } from "../../../src/model/checkpoint.ts";
import { TableSaver } from "../../../src/state/table-saver.ts";
import type { SnapshotPace } from "../../../src/worker/task-snapshots.ts";
import { ALL, change, contents, SnapshotLab } from "../../support/snapshot-lab.ts";

const paceOf = (prng: Prng): SnapshotPace => ({
  sliceEntries: prng.pick([1, 2, 7, 1_000]),
  smallEntries: prng.pick([0, 0, 0, 10_000]),
});

test("a snapshot is of its instant, whatever changes while it is written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      const prng = new Prng(seed);
      const lab = new SnapshotLab();
      let tables = lab.tables();
      let keeper = lab.keeper(tables, undefined, [], paceOf(prng));
      let snapshots: readonly TaskSnapshot[] = [];
      for (let epoch = 1; epoch <= 12; epoch++) {
        for (let i = prng.below(40); i > 0; i--) change(tables, prng);
        keeper.freeze(epoch);
        const wanted = contents(tables);
        let isWritten = false;
        const writing = keeper.write(epoch).then((written) => {
          isWritten = true;
          snapshots = written;
        });
        while (!isWritten) {
          await lab.turn();
          if (prng.below(3) > 0) change(tables, prng);
        }
        await writing;
        const { tables: restored, chain } = await lab.restore(snapshots, ALL);
        expect(contents(restored)).toEqual(wanted);
        if (prng.below(3) > 0) continue;
        // A failure: what was restored goes on, with the files that it was read from.
        keeper.abandon();
        tables = restored;
        keeper = lab.keeper(tables, undefined, chain, paceOf(prng));
      }
    }),
    { numRuns: 60 },
  );
});

const RECORDS_HASH = "af7c1295ccbb32f5a9db86ba08711c57d050eb7ae926fb205a419acb4ab8e7ad";

/** SHA-256 of what the tables of the lab write in three snapshots, `max` entries at a time. */
function hashOfRecords(max: number): string {
  const prng = new Prng(1);
  const tables = new SnapshotLab().tables();
  const savers = tables.map((table, i) => new TableSaver(table, i));
  const into = new ByteWriter();
  const sink = {
    begin: (isRemoval: boolean, group: number): ByteWriter => {
      into.u8(isRemoval ? 1 : 0);
      into.u32(group);
      return into;
    },
    end: () => undefined,
  };
  for (const full of [64, 0, 7]) {
    for (let i = 0; i < 1_000; i++) change(tables, prng, 200);
    for (const saver of savers) {
      saver.freeze(sink, [...Array(full).keys()]);
      while (saver.work(max) === max);
    }
  }
  return new SnapshotLab().crypto.sha256(into.take()).toHex();
}

// Looking at entries before they are written changes nothing of what is written: the hash is that
// of the records as they were written one by one, before there was such a look.
test.each([1, 5, 64, 10_000])("records are the same, %d entries at a time", (max) => {
  expect(hashOfRecords(max)).toBe(RECORDS_HASH);
});
