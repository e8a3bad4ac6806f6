import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import type { RecordLog } from "../../../src/ports/record-log.ts";
import type { Store } from "../../../src/ports/store.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { StoreRecordLog } from "../../../src/storage/store-record-log.ts";
import { FaultyStore } from "../../../src/testing/faulty-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";

const PREFIX = "jobs/a/ingest/in";
const crypto = systemCrypto();
const storeOn = (disk: SimDisk): Store => new FileStore({ folder: "/store", disk, crypto });

async function open(store: Store): Promise<StoreRecordLog> {
  const slots = await store.log(PREFIX);
  return await StoreRecordLog.open({ blobs: store.blobs, slots, prefix: PREFIX, crypto });
}

const append = (log: RecordLog, text: string) => log.append(Buffer.from(text));

async function textsOf(log: RecordLog): Promise<string[]> {
  const texts: string[] = [];
  for (let at = log.begin; ;) {
    const found = await log.read(at);
    if (found === undefined) return texts;
    texts.push(Buffer.from(found.bytes).toString());
    at = found.next;
  }
}

test("blocks come back in order from another worker, also after a power failure", async () => {
  const disk = new SimDisk();
  const first = await open(storeOn(disk));
  await append(first, "one");
  const two = await append(first, "two");
  disk.crash();
  const second = await open(storeOn(disk));
  await append(second, "three");
  expect(await textsOf(second)).toEqual(["one", "two", "three"]);
  expect(Buffer.from((await second.read(two.place))!.bytes).toString()).toBe("two");
  expect(await second.read(second.end)).toBeUndefined();
});

test("whoever was replaced promises nothing any more, and leaves nothing that counts", async () => {
  const disk = new SimDisk();
  const first = await open(storeOn(disk));
  await append(first, "one");
  const second = await open(storeOn(disk));
  expect(await codeOf(append(first, "from the dead"))).toBe("log_taken");
  expect(await codeOf(append(first, "again"))).toBe("log_taken");
  await append(second, "two");
  expect(await textsOf(second)).toEqual(["one", "two"]);
});

test("what is before a place goes, with its blobs, also those that a crash left", async () => {
  const disk = new SimDisk();
  const store = storeOn(disk);
  const log = await open(store);
  await append(log, "one");
  await append(log, "two");
  const three = await append(log, "three");
  const lost = `${PREFIX}/000000000000-00`;
  await store.blobs.put(lost, Buffer.from("left by a crash"));
  await log.dropBefore(three.place);
  expect(await textsOf(log)).toEqual(["three"]);
  const names = async () => (await store.blobs.list(PREFIX)).map(({ name }) => name);
  expect((await names()).length).toBe(2);
  await open(storeOn(disk));
  expect((await names()).length).toBe(1);
});

test("a blob that is damaged is found", async () => {
  const disk = new SimDisk();
  const log = await open(storeOn(disk));
  await append(log, "good");
  const path = disk
    .paths()
    .find((one) => one.includes("/ingest/in/") && one.endsWith("1-" + one.slice(-16)))!;
  disk.put(path, "evil");
  expect(await codeOf(textsOf(log))).toBe("log_damaged");
});

test("answers that are lost: what was promised is there once, whoever wrote it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, owners) => {
      const disk = new SimDisk();
      const prng = new Prng(seed);
      const store = new FaultyStore({
        store: storeOn(disk),
        clock: { after: (_ms, fn) => (queueMicrotask(fn), { cancel: () => undefined }) },
        prng,
      });
      store.faults = { lost: 0.1, refused: 0.1 };
      const promised: string[] = [];
      const given: string[] = [];
      for (let owner = 0; owner < owners; owner++) {
        const log = await open(store).catch(() => undefined);
        for (let i = 0; log !== undefined && i < 8; i++) {
          const text = `${owner}:${i}`;
          given.push(text);
          const isKept = await append(log, text).then(
            () => true,
            () => false,
          );
          if (!isKept) break;
          promised.push(text);
        }
      }
      store.faults = {};
      const found = await textsOf(await open(store));
      expect(found.filter((text) => promised.includes(text))).toEqual(promised);
      expect(given.filter((text) => found.includes(text))).toEqual(found);
    }),
    { numRuns: 60 },
  );
});
