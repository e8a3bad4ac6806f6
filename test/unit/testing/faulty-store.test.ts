import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { FaultyStore } from "../../../src/testing/faulty-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";

function world(seed: number) {
  const late: (() => void)[] = [];
  const store = new FileStore({ folder: "/store", disk: new SimDisk(), crypto: systemCrypto() });
  const clock = {
    after: (_: number, fn: () => void) => (late.push(fn), { cancel: () => undefined }),
  };
  return { store, late, faulty: new FaultyStore({ store, clock, prng: new Prng(seed) }) };
}
const record = (i: number): Uint8Array => new Uint8Array([i]);

test("who repeats what is unknown ends with each record once, whatever fails", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
      const { store, late, faulty } = world(seed);
      const log = await faulty.log("a");
      faulty.faults = { lost: 0.2, refused: 0.2, zombie: 0.2 };
      for (let slot = 0; slot < 10; slot++) {
        for (let outcome = "unknown"; outcome !== "ok";) {
          outcome = await log.append(slot, record(slot)).catch(() => "unknown");
          expect(outcome).not.toBe("taken");
        }
      }
      for (const apply of late) apply();
      await new Promise(setImmediate);
      const found = await store.log("a");
      expect(await found.tail()).toBe(10);
      for (let slot = 0; slot < 10; slot++) expect(await found.read(slot)).toEqual(record(slot));
    }),
    { numRuns: 30 },
  );
});

test("each fault does what its name says", async () => {
  const { store, late, faulty } = world(1);
  const log = await faulty.log("a");
  faulty.faults = { lost: 1 };
  expect(await codeOf(faulty.blobs.put("x", record(1)))).toBe("store_unavailable");
  expect(await store.blobs.get("x")).toEqual(record(1));
  faulty.faults = { refused: 1 };
  expect(await codeOf(faulty.blobs.put("y", record(1)))).toBe("store_unavailable");
  expect(await store.blobs.stat("y")).toBeUndefined();
  faulty.faults = { slow: 1 };
  const slow = faulty.blobs.stat("x");
  expect(late.length).toBe(1);
  late.pop()!();
  expect((await slow)!.size).toBe(1);
  faulty.faults = {};
  await log.append(0, record(0));
  expect(await log.append(0, record(9))).toBe("taken");
  faulty.ignoresConditions = true;
  expect(await log.append(0, record(9))).toBe("ok");
});
