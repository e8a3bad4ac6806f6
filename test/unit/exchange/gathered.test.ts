import { expect, test } from "bun:test";
import type { ChannelOut } from "../../../src/exchange/channel.ts";
import { Gathered } from "../../../src/exchange/gathered.ts";
import { BATCH_RECORDS_MAX } from "../../../src/model/limits.ts";
import { NO_NUMBER } from "../../../src/model/source.ts";

const nowhere = {} as ChannelOut;

test("records that are their keys, at one time, are one column", () => {
  const gathered = new Gathered(nowhere, "carried");
  for (const text of ["a", "b"]) gathered.add(text, 7, text, NO_NUMBER);
  const { records, count, keys, time, times, numbers } = gathered.take(0);
  expect([records.slice(0, count), time, times, numbers]).toEqual([
    ["a", "b"],
    7,
    undefined,
    undefined,
  ]);
  expect(keys).toBe(records);
  expect([gathered.count, gathered.sent]).toEqual([0, 2]);
});

test("a column begins where it is needed, and goes back to the first record", () => {
  const gathered = new Gathered(nowhere, "numbered");
  gathered.begin(["a", "b"]);
  gathered.add("a", 7, "a", 0);
  gathered.add("b", 8, "b", 1);
  gathered.add({ n: 1 }, 7, "b", 1);
  gathered.add("a", 7, "a", 0);
  const batch = gathered.take(3);
  expect(batch.keys!.slice(0, 4)).toEqual(["a", "b", "b", "a"]);
  expect([...batch.times!].slice(0, 4)).toEqual([7, 8, 7, 7]);
  expect([...batch.numbers!.numbers].slice(0, 4)).toEqual([0, 1, 1, 0]);
  expect(batch.numbers!.edition).toBe(3);
  gathered.add("c", 9, "c", 2);
  expect(gathered.take(3)).toMatchObject({ count: 1, time: 9, times: undefined });
});

test("what is gathered for a target without credit may be longer than a batch", () => {
  const gathered = new Gathered(nowhere, "numbered");
  const count = 3 * BATCH_RECORDS_MAX + 5;
  for (let i = 0; i < count; i++) gathered.add(i, i, `k${i}`, i);
  const batch = gathered.take(1);
  const all = Array.from({ length: count }, (_, i) => i);
  expect(batch.records.slice(0, count)).toEqual(all);
  expect(batch.keys!.slice(0, count)).toEqual(all.map((i) => `k${i}`));
  expect([...batch.times!].slice(0, count)).toEqual(all);
  expect([...batch.numbers!.numbers].slice(0, count)).toEqual(all);
});

test("numbers that were dropped are those of what was gathered before", () => {
  const gathered = new Gathered(nowhere, "numbered");
  gathered.begin(["b", "a"]);
  gathered.add("a", 1, "a", 1);
  gathered.begin(["a"]);
  gathered.add("a", 1, "a", 0);
  const batch = gathered.take(2);
  expect([...batch.numbers!.numbers].slice(0, 2)).toEqual([NO_NUMBER, 0]);
  expect(batch.numbers!.texts).toBe(undefined);
  expect(batch.records.slice(0, 2)).toEqual(["a", "a"]);
});

test("texts that are their keys and have numbers are those, until one is not", () => {
  const gathered = new Gathered(nowhere, "numbered");
  const texts = ["a", "b"];
  gathered.begin(texts);
  for (const number of [1, 0]) gathered.add(texts[number], 1, texts[number]!, number);
  const all = gathered.take(1);
  expect(all.numbers!.texts).toBe(texts);
  expect([all.count, all.records, all.keys]).toEqual([2, ["b", "a"], ["b", "a"]]);
  gathered.add("b", 1, "b", 1);
  gathered.add("new", 1, "new", NO_NUMBER);
  const some = gathered.take(1);
  expect(some.numbers!.texts).toBe(undefined);
  expect(some.records.slice(0, 2)).toEqual(["b", "new"]);
  expect(some.keys).toBe(some.records);
});
