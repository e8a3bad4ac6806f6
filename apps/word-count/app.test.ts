import { expect, test } from "bun:test";
import { join } from "node:path";
import { ByteWriter } from "wallaroo";
import { testApp } from "wallaroo/testing";
import wordCount from "./app.ts";
import { countLine, type WordCount } from "./count-line.ts";

const text = await Bun.file(join(import.meta.dir, "input/bill_of_rights.txt")).text();
const expected = await Bun.file(
  join(import.meta.dir, "expected/bill_of_rights.expected.json"),
).json();
const lines = text.split("\n").filter((line) => line !== "");

async function count(records: readonly string[]): Promise<readonly WordCount[]> {
  await using t = await testApp(wordCount);
  t.feed("lines", records);
  return await t.collect<WordCount>("counts");
}

test("the text gives 482 updates and the final counts of 217 words", async () => {
  const counts = await count(lines);
  expect(counts.length).toBe(482);
  const last = Object.fromEntries(counts.map((c) => [c.word, c.count]));
  expect(Object.keys(last).length).toBe(217);
  expect(last).toEqual(expected);
});

test("each update of a word is one more than the one before", async () => {
  const seen = new Map<string, number>();
  for (const update of await count([...lines, ...lines])) {
    expect(update.count).toBe((seen.get(update.word) ?? 0) + 1);
    seen.set(update.word, update.count);
  }
});

test("words come in the order of the text, the empty one too", async () => {
  const into = new ByteWriter();
  for (const update of await count(["One - two", "One"])) {
    countLine.encode(update, into);
    into.utf8("\n");
  }
  expect(new TextDecoder().decode(into.take())).toBe("one => 1\n => 1\ntwo => 1\none => 2\n");
});
