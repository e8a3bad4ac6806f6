import { expect, test } from "bun:test";
import { ReleaseNames } from "../../../../src/connectors/release/names.ts";
import { isBlobName } from "../../../../src/storage/blob-name.ts";

const PREPARED = { generation: 2 ** 40, epoch: 7, bytes: 100, records: 3, nonce: "0000abcd" };

test("a mark tells all that it was made of, and only to its own connection", () => {
  const names = new ReleaseNames({ job: "a", sink: "out", index: 1 });
  const mark = names.mark(PREPARED);
  expect(names.readMark(mark)).toEqual(PREPARED);
  expect(names.readData(names.data(PREPARED))).toEqual({ generation: 2 ** 40 });
  expect([names.readData(mark), names.readMark(names.data(PREPARED))]).toEqual([
    undefined,
    undefined,
  ]);
  for (const other of [
    { job: "a", sink: "out", index: 11 },
    { job: "a", sink: "other", index: 1 },
    { job: "b", sink: "out", index: 1 },
  ]) {
    expect(new ReleaseNames(other).readMark(mark)).toBeUndefined();
  }
  expect(() => names.checkMark("p-1")).toThrow("is no transaction of this sink");
});

test("whatever a sink or a target is called, its blobs have good names", () => {
  for (const sink of ["größe", "each/a customer: 17/…", "x".repeat(300), "../up"]) {
    const names = new ReleaseNames({ job: "a", sink, index: 0 });
    expect(isBlobName(names.mark(PREPARED))).toBe(true);
    expect(isBlobName(names.data(PREPARED))).toBe(true);
  }
});
