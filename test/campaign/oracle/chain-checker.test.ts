/** The checker has to object to what is wrong: it is fed lost, doubled and swapped records. */
import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import {
  chainedText,
  kindOf,
  link,
  type Chained,
  type Sent,
  sentLine,
} from "../kill/app/records.ts";
import { ChainChecker } from "./chain-checker.ts";
import { ChainLedger } from "./chain-ledger.ts";

function sentRecords(seed: number): Sent[] {
  const prng = new Prng(seed);
  return Array.from({ length: 200 }, (_, i) => {
    return { key: `0-${prng.below(5)}`, seq: i + 1, value: prng.below(1_000), at: i };
  });
}

/** What a right engine makes of them. */
function process(records: readonly Sent[]): Chained[] {
  const states = new Map<string, { count: number; hash: number; kinds: number[] }>();
  return records.map((record) => {
    const { key, seq, at } = record;
    const state = states.get(key) ?? { count: 0, hash: 0, kinds: [] };
    states.set(key, state);
    const alike = (state.kinds[kindOf(record)] ?? 0) + 1;
    state.kinds[kindOf(record)] = alike;
    state.hash = link(state.hash, record);
    return { key, count: ++state.count, seq, hash: state.hash, alike, at };
  });
}

function check(sent: readonly Sent[], come: readonly Chained[]): ChainChecker {
  const ledger = new ChainLedger();
  for (const record of sent) ledger.add(sentLine(record).trimEnd());
  const checker = new ChainChecker(ledger);
  for (const chained of come) checker.addCome(chainedText(chained), "part");
  checker.end();
  return checker;
}

/** Two records of one key. */
function pairOf(records: readonly { readonly key: string }[], from: number): [number, number] {
  const second = records.findIndex(({ key }, i) => i > from && key === records[from]!.key);
  return [from, second];
}

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

test("what is right is let through, in any order between keys", () => {
  for (const seed of SEEDS) {
    const sent = sentRecords(seed);
    const come = process(sent);
    expect(check(sent, come).problems).toEqual([]);
    const byKey = come.toSorted((a, b) => a.key.localeCompare(b.key));
    const checker = check(sent, byKey);
    expect([checker.problems, checker.come, checker.counts]).toEqual([[], 200, {}]);
  }
});

test("one output that is lost, doubled or swapped with another of its key is objected to", () => {
  for (const seed of SEEDS) {
    const sent = sentRecords(seed);
    const come = process(sent);
    const [a, b] = pairOf(come, new Prng(seed).below(100));
    expect(check(sent, come.toSpliced(a, 1)).counts).toEqual({ lost: 1 });
    expect(check(sent, come.toSpliced(b, 0, come[a]!)).counts).toEqual({ doubled: 1 });
    const swapped = come.with(a, come[b]!).with(b, come[a]!);
    expect(check(sent, swapped).counts).toEqual({ lost: 1, doubled: 1 });
    expect(check(sent, come.slice(0, -3)).counts).toEqual({ lost: 3 });
  }
});

test("one input that state has not seen, has seen twice or too early changes what follows", () => {
  for (const seed of SEEDS) {
    const sent = sentRecords(seed);
    const [a, b] = pairOf(sent, new Prng(seed).below(100));
    const lost = check(sent, process(sent.toSpliced(a, 1)));
    expect(lost.counts["changed"]).toBeGreaterThan(0);
    const doubled = check(sent, process(sent.toSpliced(a, 0, sent[a]!)));
    expect(doubled.counts["changed"]).toBeGreaterThan(0);
    const swapped = check(sent, process(sent.with(a, sent[b]!).with(b, sent[a]!)));
    expect(swapped.counts["changed"]).toBeGreaterThan(0);
  }
});

test("a state that began anew, an invented record and a torn line are objected to", () => {
  const sent = sentRecords(1);
  const come = process(sent);
  const anew = [...come.slice(0, 100), ...process(sent.slice(100))];
  expect(check(sent, anew).counts["doubled"]).toBeGreaterThan(50);
  const extra = { ...come.at(-1)!, count: come.at(-1)!.count + 1 };
  expect(check(sent, [...come, extra]).counts).toEqual({ invented: 1 });
  const checker = new ChainChecker(new ChainLedger());
  checker.addCome("0-1 7", "part");
  expect(checker.counts).toEqual({ unreadable: 1 });
});
