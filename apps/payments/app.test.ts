import { expect, test } from "bun:test";
import { join } from "node:path";
import { json } from "wallaroo";
import { testApp } from "wallaroo/testing";
import payments from "./app.ts";
import { type Payment, paymentSchema } from "./payment.ts";

const codec = json(paymentSchema);
const linesOf = async (name: string): Promise<string[]> =>
  (await Bun.file(join(import.meta.dir, name)).text()).trimEnd().split("\n");

/** The payments of a file, and what was said of those that are none. */
async function read(): Promise<{ good: Payment[]; bad: string[] }> {
  const good: Payment[] = [];
  const bad: string[] = [];
  for (const line of await linesOf("input/payments.jsonl")) {
    const bytes = Buffer.from(line);
    try {
      good.push(codec.decode(bytes, 0, bytes.length));
    } catch (error) {
      bad.push((error as Error).message);
    }
  }
  return { good, bad };
}

test("the shipped payments give the expected ledger and suspicions", async () => {
  const { good } = await read();
  await using t = await testApp(payments);
  t.feed("payments", good);
  expect(await t.collect("ledger")).toEqual(await linesOf("expected/ledger.txt"));
  const suspicious = (await t.collect("suspicious")).map((one) => JSON.stringify(one));
  expect(suspicious).toEqual(await linesOf("expected/suspicious.jsonl"));
});

test("what is no payment is told with the field that is wrong", async () => {
  const { bad } = await read();
  expect(bad).toHaveLength(2);
  expect(bad[0]).toContain("kind");
  expect(bad[1]).toContain("cents");
});

test("whatever is moved, no cent is lost: balances sum up to what came in or went", async () => {
  const accounts = ["a", "b", "c"];
  const made = Array.from({ length: 3000 }, (_, i): Payment => {
    const account = accounts[i % 3]!;
    const id = `p${i}`;
    const cents = 1 + ((i * 7919) % 500);
    if (i % 5 === 0) return { kind: "cash", id, account, cents };
    if (i % 5 === 1) return { kind: "card", id, account, cents, merchant: "m" };
    return { kind: "transfer", id, account, cents, to: accounts[(i * 3 + 1) % 3]! };
  });
  await using t = await testApp(payments);
  t.feed("payments", made);
  const last = new Map<string, number>();
  for (const line of await t.collect<string>("ledger")) {
    const [account, cents] = line.split(" ");
    last.set(account!, Number(cents));
  }
  const spent = made.reduce((sum, p) => sum + (p.kind === "card" ? -p.cents : 0), 0);
  const paidIn = made.reduce((sum, p) => sum + (p.kind === "cash" ? p.cents : 0), 0);
  expect([...last.values()].reduce((a, b) => a + b, 0)).toBe(spent + paidIn);
});
