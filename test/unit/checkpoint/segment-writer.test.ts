import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import type { SegmentHeader } from "../../../src/checkpoint/segment-form.ts";
import { eachRecord, SegmentReader } from "../../../src/checkpoint/segment-reader.ts";
import { SegmentWriter } from "../../../src/checkpoint/segment-writer.ts";
import type { FileRef } from "../../../src/model/checkpoint.ts";
import { SEGMENT_BLOCK_BYTES, SEGMENT_PIECE_BYTES } from "../../../src/model/limits.ts";
import { headerOf, JOB, SnapshotLab, SPECS } from "../../support/snapshot-lab.ts";

const HEADER: SegmentHeader = {
  job: JOB,
  epoch: 3,
  generation: { leaderEpoch: 1, attempt: 2 },
  keyGroups: 256,
  tables: [{ ...headerOf("value", SPECS["value"]!), codecs: [false] }],
};
const NAME = `${JOB}/3.seg`;
const PATH = `/store/blobs/${NAME}`;

async function written(lab: SnapshotLab, records: number): Promise<FileRef> {
  const writer = new SegmentWriter(lab.ports, NAME, HEADER);
  for (let i = 0; i < records; i++) {
    const into = writer.begin(i % 10 === 0, i % 256);
    into.varint(0);
    into.utf8(`record ${i}`);
    writer.end();
  }
  writer.extras([{ step: "call", kind: "inFlight", value: { record: 7, time: 1 } }]);
  return await writer.finish({ full: [[[0, 256]]], clocks: [12], names: [[]] });
}

async function textsOf(lab: SnapshotLab, file: FileRef): Promise<string[]> {
  const reader = await SegmentReader.open(lab.ports, file);
  await reader.check();
  const texts: string[] = [];
  for (const kind of ["removals", "entries"] as const) {
    for await (const bytes of reader.blocks(kind)) {
      eachRecord(bytes, file.name, (from, group) => {
        from.varint();
        const text = Buffer.from(from.bytes(from.end - from.at)).toString();
        texts.push(`${group} ${text}`);
      });
    }
  }
  return texts;
}

test("what was written is read: removals first, each record with its key group", async () => {
  const lab = new SnapshotLab();
  const file = await written(lab, 20_000);
  const texts = await textsOf(lab, file);
  expect(texts).toHaveLength(20_000);
  expect(texts.slice(0, 2)).toEqual(["0 record 0", "10 record 10"]);
  expect(new Set(texts).size).toBe(20_000);
  const reader = await SegmentReader.open(lab.ports, file);
  expect(reader.header).toEqual(HEADER);
  expect(reader.footer.blocks.length).toBeGreaterThan(3);
  // What is of no key group counts as of the first.
  const extras = reader.footer.blocks.find(({ kind }) => kind === "extras");
  expect(extras).toMatchObject({ records: 1, leastGroup: 0, greatestGroup: 0 });
  expect(await reader.extras()).toEqual([
    { step: "call", kind: "inFlight", value: { record: 7, time: 1 } },
  ]);
});

test("blocks are read many at a time", async () => {
  const lab = new SnapshotLab();
  const file = await written(lab, 100_000);
  const reader = await SegmentReader.open(lab.ports, file);
  const { blobs } = lab.store;
  const read = blobs.read.bind(blobs);
  let calls = 0;
  blobs.read = async (...range) => {
    calls++;
    return await read(...range);
  };
  let count = 0;
  for await (const bytes of reader.blocks("entries")) count += Math.sign(bytes.length);
  expect(count).toBeGreaterThan(20);
  expect(calls).toBeLessThanOrEqual(Math.ceil(file.size / (1024 * 1024)));
});

test("every single wrong bit of a small file is found", async () => {
  const lab = new SnapshotLab();
  const file = await written(lab, 3);
  const good = await lab.store.blobs.get(NAME);
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    lab.disk.put(PATH, bad);
    const failed = await textsOf(lab, file).catch((error: unknown) => error);
    expect(String(failed)).toMatch(/damaged|form \d+/);
  }
});

test("ten thousand wrong bits of a large file are found, by the block or the hash", async () => {
  const lab = new SnapshotLab();
  const file = await written(lab, 4_000);
  const good = await lab.store.blobs.get(NAME);
  const prng = new Prng(5);
  const reader = await SegmentReader.open(lab.ports, file);
  for (let i = 0; i < 10_000; i++) {
    const bit = prng.below(good.length * 8);
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const hash = lab.crypto.sha256(bad).toHex();
    expect(hash).not.toBe(file.sha256);
  }
  // The hash of a whole file is what `check` compares: once through the reader.
  good[9]! ^= 1;
  lab.disk.put(PATH, good);
  const failed = await reader.check().catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "damaged" });
});

test("a file that is cut off, missing, foreign or newer is named, with what is wrong", async () => {
  const lab = new SnapshotLab();
  const file = await written(lab, 100);
  const good = await lab.store.blobs.get(NAME);
  for (let size = 0; size < good.length; size += 7) {
    lab.disk.put(PATH, good.slice(0, size));
    const failed = await textsOf(lab, { ...file, size }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "damaged" });
  }
  const newer = good.slice();
  newer[5] = 9;
  lab.disk.put(PATH, newer);
  const failed = await textsOf(lab, file).catch((error: unknown) => error);
  expect(String(failed)).toMatch(/has form 9, and this engine reads form 2/);
  lab.disk.put(PATH, good);
  await lab.store.blobs.put("jobs/other/3.seg", good);
  const other = { ...file, name: "jobs/other/3.seg" };
  const foreign = await SegmentReader.open(lab.ports, other).catch((e: unknown) => e);
  expect(String(foreign)).toMatch(/is of job jobs\/test-1, and not of jobs\/other/);
  await lab.store.blobs.remove(NAME);
  const missing = await textsOf(lab, file).catch((error: unknown) => error);
  expect(missing).toMatchObject({ code: "file_missing" });
});

test("a store is given many blocks at once, and a large one by itself", async () => {
  const lab = new SnapshotLab();
  const { blobs } = lab.store;
  const sizes: number[] = [];
  const create = blobs.create.bind(blobs);
  blobs.create = async (name) => {
    const inner = await create(name);
    const write = inner.write.bind(inner);
    inner.write = async (bytes, start, end) => {
      sizes.push(end - start);
      await write(bytes, start, end);
    };
    return inner;
  };
  const writer = new SegmentWriter(lab.ports, NAME, HEADER);
  const prng = new Prng(1);
  for (let i = 0; i < 20; i++) {
    const size = i === 10 ? 2 * SEGMENT_PIECE_BYTES : SEGMENT_BLOCK_BYTES;
    const noise = Uint32Array.from({ length: size / 4 }, () => prng.u32());
    writer.begin(false, i).bytes(new Uint8Array(noise.buffer));
    writer.end();
    await writer.drain();
  }
  const file = await writer.finish({ full: [], clocks: [], names: [] });
  expect(sizes.reduce((all, size) => all + size, 0)).toBe(file.size);
  expect(sizes.filter((size) => size > SEGMENT_PIECE_BYTES)).toHaveLength(1);
  expect(sizes.length).toBeLessThan(10);
  const reader = await SegmentReader.open(lab.ports, file);
  await reader.check();
  let records = 0;
  for await (const _ of reader.blocks("entries")) records++;
  expect(records).toBe(20);
});

test("a store that failed is given the whole file again", async () => {
  const lab = new SnapshotLab();
  const writer = new SegmentWriter(lab.ports, NAME, HEADER);
  writer.begin(false, 7).varint(0);
  writer.end();
  await writer.drain();
  await writer.restart();
  const file = await writer.finish({ full: [], clocks: [], names: [] });
  expect(await textsOf(lab, file)).toEqual(["7 "]);
});

test("records of any size keep their size, group and bytes", async () => {
  const lab = new SnapshotLab();
  const writer = new SegmentWriter(lab.ports, NAME, HEADER);
  const sizes = [0, 1, 125, 126, 127, 128, 16_381, 16_382, 16_383, 16_384, 70_000, 2_100_000, 3];
  for (const [i, size] of sizes.entries()) {
    writer.begin(false, i * 20).bytes(new Uint8Array(size).fill(i + 1));
    writer.end();
  }
  const file = await writer.finish({ full: [], clocks: [], names: [] });
  const reader = await SegmentReader.open(lab.ports, file);
  const found: [number, number, boolean][] = [];
  for await (const bytes of reader.blocks("entries")) {
    eachRecord(bytes, NAME, (from, group) => {
      const record = from.bytes(from.left);
      found.push([group, record.length, record.every((byte) => byte === group / 20 + 1)]);
    });
  }
  expect(found).toEqual(sizes.map((size, i) => [i * 20, size, true]));
});
