/** What is kept at a barrier is what was there at that instant, and comes back so, anywhere. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";
import type { TaskSnapshot } from "../../../src/model/checkpoint.ts";
import { KEY_GROUPS } from "../../../src/model/limits.ts";
import type { SnapshotPace } from "../../../src/worker/task-snapshots.ts";
import { change, contents, SnapshotLab } from "../../support/snapshot-lab.ts";

const groupsOf = (from: number, to: number): ReadonlySet<number> =>
  new Set(Array.from({ length: to - from }, (_, i) => from + i));

const paceOf = (prng: Prng): SnapshotPace => ({
  sliceEntries: prng.pick([1, 2, 7, 1_000]),
  smallEntries: prng.pick([0, 0, 0, 10_000]),
});

test("what one instance kept comes back on several, and from several on one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      const prng = new Prng(seed);
      const lab = new SnapshotLab();
      let snapshots: TaskSnapshot[] = [];
      let all: string[] = [];
      for (let round = 0; round < 4; round++) {
        const count = 1 + prng.below(4);
        const cuts = Array.from({ length: count - 1 }, () => prng.below(KEY_GROUPS + 1));
        const borders = [0, ...cuts.sort((a, b) => a - b), KEY_GROUPS];
        const next: TaskSnapshot[] = [];
        const after: string[] = [];
        const before: string[] = [];
        const isLooked = round !== 2;
        for (let i = 0; i < count; i++) {
          const [from, to] = [borders[i]!, borders[i + 1]!];
          const own = groupsOf(from, to);
          const { tables, chain } = await lab.restore(snapshots, [[from, to]]);
          // Looking at all makes entries of what waits to be asked for.
          if (isLooked) before.push(...contents(tables));
          const keeper = lab.keeper(tables, [[from, to]], chain, paceOf(prng));
          for (let epoch = 1; epoch <= 3; epoch++) {
            const isHere = (group: number): boolean => own.has(group);
            for (let n = prng.below(60); n > 0; n--) change(tables, prng, 60, isHere);
            keeper.freeze(round * 3 + epoch);
            const written = await lab.done(keeper.write(round * 3 + epoch));
            if (epoch === 3) next.push(...written);
          }
          after.push(...contents(tables, (group) => own.has(group)));
        }
        if (isLooked) expect(before.sort()).toEqual(all);
        snapshots = next;
        all = after.sort();
      }
    }),
    { numRuns: 40 },
  );
});
