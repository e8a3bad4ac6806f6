/** State with a ttl over checkpoints: a key whose time is over begins afresh behind a restore. */
import { expect, test } from "bun:test";
import { Prng } from "../../src/base/prng.ts";
import type { TaskSnapshot } from "../../src/model/checkpoint.ts";
import { SNAPSHOT_SMALL_ENTRIES } from "../../src/model/limits.ts";
import type { StateSpec } from "../../src/model/state-spec.ts";
import type { MemoryTable } from "../../src/state/memory-backend.ts";
import { ALL, context, SnapshotLab } from "../support/snapshot-lab.ts";

const TTL_MS = 1_000;
const KEYS = 12;

/** The count and the last touch of each key, and the clock that decides: the plain rules. */
class Model {
  #keys = new Map<number, { n: number; at: number }>();

  touch(key: number, now: number): number {
    const known = this.#keys.get(key);
    const n = known === undefined || now - known.at >= TTL_MS ? 1 : known.n + 1;
    this.#keys.set(key, { n, at: now });
    return n;
  }

  copy(): Model {
    const copy = new Model();
    copy.#keys = structuredClone(this.#keys);
    return copy;
  }
}

interface Kept {
  readonly snapshots: readonly TaskSnapshot[];
  readonly model: Model;
  readonly now: number;
}

for (const time of ["processing", "event"] as const) {
  test(`${time} time: what expired stays so, whenever it is restored`, async () => {
    const specs: Readonly<Record<string, StateSpec<unknown>>> = {
      count: { kind: "value", version: 1, init: () => ({ n: 0 }), ttl: { afterMs: TTL_MS, time } },
    };
    let [restores, expired] = [0, 0];
    for (let seed = 1; seed <= 40; seed++) {
      const prng = new Prng(seed);
      const lab = new SnapshotLab();
      let table = lab.tables(specs)[0]!;
      // Few groups in full each time, so that files of several checkpoints are read.
      const smallEntries = prng.below(2) === 0 ? 0 : SNAPSHOT_SMALL_ENTRIES;
      const pace = { sliceEntries: 4, smallEntries };
      let keeper = lab.keeper([table], ALL, [], pace);
      let model = new Model();
      let now = 1_000_000;
      let kept: Kept | undefined;
      let epoch = 0;
      for (let i = 0; i < 80; i++) {
        const step = prng.below(10);
        if (step < 6) {
          now += prng.pick([0, 1, TTL_MS / 3, TTL_MS - 1, TTL_MS]);
          const key = prng.below(KEYS);
          const expected = model.touch(key, now);
          expect({ seed, i, n: touch(table, key, now, time) }).toEqual({ seed, i, n: expected });
          if (expected === 1) expired++;
        } else if (step < 7) {
          if (time === "processing") table.now = now;
          while (table.sweep(3));
        } else if (step < 9) {
          keeper.freeze(++epoch);
          const snapshots = await lab.done(keeper.write(epoch));
          kept = { snapshots, model: model.copy(), now };
        } else if (kept !== undefined) {
          // The process died; the clock of the records goes back with them, that of the wall not.
          const restored = await lab.restore(kept.snapshots, ALL, specs);
          table = restored.tables[0]!;
          keeper = lab.keeper([table], ALL, restored.chain, pace);
          model = kept.model.copy();
          if (time === "event") now = kept.now;
          restores++;
        }
      }
    }
    expect(restores).toBeGreaterThan(40);
    expect(expired).toBeGreaterThan(300);
  });
}

/** Counts a call, and returns the count. */
function touch(
  table: MemoryTable<unknown>,
  key: number,
  now: number,
  time: "processing" | "event",
): number {
  // What the task's clock does for the one, records do for the other.
  if (time === "processing") table.now = now;
  return ++(table.access(key, now, context).value as { n: number }).n;
}
