import { expect, test } from "bun:test";
import { PartNames } from "../../../../src/connectors/file/part-names.ts";

const naming = { prefix: "part", extension: "jsonl" };
const names = new PartNames(naming, { job: "job", sink: "a/b: ä" });

test("names of parts sort as their numbers do, within one writer", () => {
  const numbers = [1, 2, 9, 10, 99, 100, 1_000_000];
  const sorted = numbers.map((number) => names.final(0, number));
  expect(sorted.toSorted()).toEqual(sorted);
  expect(names.readFinal(names.final(12, 345))).toEqual({ index: 12, number: 345 });
});

test("a prepared name tells all that it was made of", () => {
  const name = { index: 3, generation: 7, epoch: 41, number: 42, records: 1000 };
  expect(names.readPrepared(names.prepared(name, 0xffff_ffff))).toEqual(name);
  expect(names.readPrepared(names.prepared(name, 0))).toEqual(name);
});

test("hidden names are hidden, and only their own sink knows them", () => {
  const open = names.open(3, 7, 5);
  expect(open).toStartWith(".");
  expect(names.readOpen(open)).toEqual({ index: 3, generation: 7 });
  expect([names.readPrepared(open), names.readFinal(open)]).toEqual([undefined, undefined]);
  for (const owner of [
    { job: "job2", sink: "a/b: ä" },
    { job: "job", sink: "other" },
  ]) {
    expect(new PartNames(naming, owner).readOpen(open)).toBeUndefined();
  }
  const prefixed = new PartNames({ ...naming, prefix: "other" }, { job: "job", sink: "a/b: ä" });
  expect(prefixed.readOpen(open)).toBeUndefined();
});

test("names of others are left alone", () => {
  for (const name of ["part-x-1.txt", "part-1.txt", "apart-001-0000000001.txt", "notes.md"]) {
    expect(names.readFinal(name)).toBeUndefined();
  }
});
