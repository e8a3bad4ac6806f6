/** Traffic of market spread with made-up symbols, and what must come of it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustReject, wasRejected } from "../../../apps/market-spread/check.ts";
import { makeOrders, makeQuotes, readInstruments } from "../../../apps/market-spread/traffic.ts";
import { Prng } from "../../../src/base/prng.ts";
import { check } from "./context.ts";

const INITIAL = "apps/market-spread/input/350-symbols_initial-nbbo-fixish.msg";
const QUOTE_BYTES = 46;
const ORDER_BYTES = 57;
const SYMBOL_AT = 5;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Records of each file; 5 of its orders are rejected, so 1 result comes of 140,000 records. */
const FILE_RECORDS = 350_000;
/** Twice as many as the original's generator: 1 result in 70,000 records of both streams. */
const REJECTIONS = 10;

export interface Market {
  readonly initial: string;
  readonly quotes: string;
  readonly orders: string;
  readonly fileRecords: number;
  /** Results of the first `orders` orders, the file being repeated. */
  expected(orders: number): string[];
}

export function makeMarket(folder: string, seed: number): Market {
  const first = renamedSymbols(readFileSync(join(import.meta.dir, "../../..", INITIAL)), seed);
  const instruments = readInstruments(first);
  const rule = { seed, count: FILE_RECORDS, time: "20260902-15:47:53.000" };
  const quotes = makeQuotes(instruments, rule);
  const orders = makeOrders(instruments, { ...rule, rejections: REJECTIONS });
  const paths = {
    initial: join(folder, "initial.msg"),
    quotes: join(folder, "quotes.msg"),
    orders: join(folder, "orders.msg"),
  };
  writeFileSync(paths.initial, first);
  writeFileSync(paths.quotes, quotes);
  writeFileSync(paths.orders, orders);
  // Quotes of this file are all narrow, so the initial ones alone say who is rejected.
  const whole = mustReject(first, orders);
  return {
    ...paths,
    fileRecords: FILE_RECORDS,
    expected(count) {
      const all: string[] = [];
      for (let i = 0; i < Math.floor(count / FILE_RECORDS); i++) all.push(...whole);
      const rest = orders.subarray(0, (count % FILE_RECORDS) * ORDER_BYTES);
      return [...all, ...mustReject(first, rest)];
    },
  };
}

/** Each symbol gets four letters, by seed. */
function renamedSymbols(initial: Uint8Array, seed: number): Uint8Array {
  const prng = new Prng(seed);
  const taken = new Set<string>();
  const renamed = Uint8Array.from(initial);
  for (let at = 0; at < renamed.length; at += QUOTE_BYTES) {
    let symbol = "";
    while (symbol === "" || taken.has(symbol)) {
      symbol = Array.from({ length: 4 }, () => LETTERS[prng.below(26)]!).join("");
    }
    taken.add(symbol);
    for (let i = 0; i < 4; i++) renamed[at + SYMBOL_AT + i] = symbol.charCodeAt(i);
  }
  return renamed;
}

/** Compares what the receiver stored with what must be there: count, and sum of all but times. */
export function checkResults(stored: string, expected: readonly string[]): string {
  const got = wasRejected(readFileSync(stored));
  check("results", got.length, expected.length);
  const sums = [got, expected].map((all) => Bun.hash(all.toSorted().join()).toString(16));
  check("sum of the results", sums[0], sums[1]);
  return `${got.length} results, sum ${sums[0]}`;
}
