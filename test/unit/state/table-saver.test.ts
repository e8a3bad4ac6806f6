/** What is kept at a barrier is what was there at that instant, and comes back so, anywhere. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";
import type { TaskSnapshot } from "../../../src/model/checkpoint.ts";
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
