import { expect, test } from "bun:test";
import { join } from "node:path";
import { readFrames, testApp } from "wallaroo/testing";
import alphabet, { vote } from "./app.ts";

const file = (name: string) => Bun.file(join(import.meta.dir, name));

async function totals(name: string): Promise<readonly string[]> {
  await using t = await testApp(alphabet);
  t.feed("votes", readFrames(await file(`input/${name}`).bytes(), vote));
  return await t.collect<string>("totals");
}

function lastOfEach(lines: readonly string[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const line of lines) {
    const [letter, votes] = line.split(" => ");
    totals[letter!] = Number(votes);
  }
  return totals;
}

test("1,000 votes give 1,000 lines and the totals that were published", async () => {
  const lines = await totals("partitioned.msg");
  expect(lines.length).toBe(1_000);
  expect(lines.slice(0, 3)).toEqual(["c => 8785", "g => 241", "i => 4554"]);
  expect(lastOfEach(lines)).toEqual(await file("expected/partitioned.expected.json").json());
});

test("10,000 votes give the sums of a loop over their bytes", async () => {
  const bytes = Buffer.from(await file("input/votes.msg").bytes());
  const sums: Record<string, number> = {};
  for (let at = 0; at < bytes.length; at += 9) {
    const letter = String.fromCharCode(bytes[at + 4]!);
    sums[letter] = (sums[letter] ?? 0) + bytes.readUInt32BE(at + 5);
  }
  const lines = await totals("votes.msg");
  expect(lines.length).toBe(10_000);
  expect(lastOfEach(lines)).toEqual(sums);
});
