import { expect, test } from "bun:test";
import { join } from "node:path";
import { testApp } from "wallaroo/testing";
import alerts from "./app.ts";
import { FIRST, following, type Transaction } from "./transactions.ts";

const expected = await Bun.file(join(import.meta.dir, "expected/first-1000.txt")).text();

test("the first 1,000 transactions give the alerts of the original", async () => {
  const transactions: Transaction[] = [FIRST];
  while (transactions.length < 1_000) transactions.push(following(transactions.at(-1)!));
  await using t = await testApp(alerts);
  t.feed("transactions", transactions);
  const lines = await t.collect<string>("alerts");
  expect(lines.map((line) => `${line}\n`).join("")).toBe(expected);
});

test("an app whose output is neither stdout nor an address is refused", async () => {
  const run = testApp(alerts, { set: { out: "nowhere" } });
  expect(String(await run.catch((error: unknown) => error))).toContain("nowhere");
});
