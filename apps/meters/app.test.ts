import { expect, test } from "bun:test";
import { join } from "node:path";
import { testApp } from "wallaroo/testing";
import meters, { type Reading, type Sum } from "./app.ts";
import { streamId } from "./producer.ts";

const file = Bun.file(join(import.meta.dir, "input/readings.jsonl"));
const readings = (await file.text())
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Reading);

test("the last sum of each meter is that of all its readings", async () => {
  await using t = await testApp(meters);
  t.feed("readings", readings);
  const sums = await t.collect<Sum>("sums");
  expect(sums).toHaveLength(readings.length);
  const last = new Map(sums.map((sum) => [sum.meter, sum]));
  for (const [meter, sum] of last) {
    const mine = readings.filter((reading) => reading.meter === meter);
    const wh = mine.reduce((total, reading) => total + reading.wh, 0);
    expect(sum).toEqual({ meter, readings: mine.length, wh });
  }
});

test("ids of streams are those of clients that exist", () => {
  expect(streamId("key_0")).toBe(13630618416057149338n);
});
