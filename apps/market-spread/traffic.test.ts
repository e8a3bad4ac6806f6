import { expect, test } from "bun:test";
import { join } from "node:path";
import { mustReject } from "./check.ts";
import { isWide } from "./spread.ts";
import { makeOrders, makeQuotes, readInstruments } from "./traffic.ts";

const time = "20160902-15:47:53.000";
const initial = await Bun.file(
  join(import.meta.dir, "input/350-symbols_initial-nbbo-fixish.msg"),
).bytes();
const instruments = readInstruments(initial);

test.each([
  [10, 10.01, false],
  [10, 10.0625, true],
  [0.5, 0.53, true],
  [0, 0, false],
  [2, 1, false],
])("a bid of %d and an offer of %d: too wide is %p", (bid, offer, expected) => {
  expect(isWide(bid, offer)).toBe(expected);
});

test("of the 350 initial quotes of the original 15 are wide", () => {
  expect(instruments.traded.length).toBe(335);
  expect(instruments.rejected.length).toBe(15);
  expect(instruments.rejected[0]).toEqual({ symbol: "INSM", price: 19.68 });
  expect(instruments.rejected[3]!.symbol).toBe(" NFX");
});

test("of the 1400 initial quotes of the original 15 are wide", async () => {
  const path = join(import.meta.dir, "input/1400-symbols_initial-nbbo-fixish.msg");
  const { traded, rejected } = readInstruments(await Bun.file(path).bytes());
  expect([traded.length, rejected.length]).toEqual([1_385, 15]);
});

test("orders have the original's size, header and field ranges", () => {
  const bytes = makeOrders(instruments, { seed: 3, count: 500, rejections: 5, time });
  expect(bytes.length).toBe(500 * 57);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 57) {
    expect(view.getUint32(at)).toBe(53);
    expect(view.getUint8(at + 4)).toBe(1);
    expect([1, 2]).toContain(view.getUint8(at + 5));
    expect(view.getUint32(at + 6)).toBeWithin(1, 301);
    expect(view.getFloat64(at + 20) % 10).toBe(0);
    expect(Buffer.from(bytes.subarray(at + 36, at + 57)).toString()).toBe(time);
  }
});

test("quotes have the right size, and are narrow unless wide ones are asked for", () => {
  const quotes = makeQuotes(instruments, { seed: 4, count: 2_000, time });
  expect(quotes.length).toBe(2_000 * 46);
  expect(countWide(quotes)).toBe(0);
  const mixed = makeQuotes(instruments, { seed: 4, count: 2_000, time, wide: 500 });
  expect(countWide(mixed)).toBeWithin(900, 1_100);
});

test("the same seed gives the same bytes, another seed gives others", () => {
  const make = (seed: number) => makeOrders(instruments, { seed, count: 100, rejections: 5, time });
  expect(make(7)).toEqual(make(7));
  expect(make(7)).not.toEqual(make(8));
});

test("the orders that ship with the app are those of seed 1", async () => {
  const shipped = await Bun.file(join(import.meta.dir, "input/1000-orders.msg")).bytes();
  const made = makeOrders(instruments, { seed: 1, count: 1_000, rejections: 25, time });
  expect(Buffer.compare(shipped, made)).toBe(0);
});

test("most orders are for a fifth of the instruments", () => {
  const count = 10_000;
  const orders = makeOrders(instruments, { seed: 5, count, rejections: 0, time });
  const favourites = new Set(instruments.traded.slice(0, 67).map((i) => i.symbol));
  let hits = 0;
  for (let at = 0; at < orders.length; at += 57) {
    if (favourites.has(Buffer.from(orders.subarray(at + 16, at + 20)).toString())) hits += 1;
  }
  // 79 of 100 go there, and a fifth of the others.
  expect(hits / count).toBeWithin(0.8, 0.86);
});

test("without any quote every order must be rejected, with a bid and an offer of zero", () => {
  const orders = makeOrders(instruments, { seed: 6, count: 10, rejections: 0, time });
  const expected = mustReject(new Uint8Array(0), orders);
  expect(expected.length).toBe(10);
  expect(expected.every((hex) => hex.endsWith("0".repeat(32)))).toBe(true);
});

function countWide(quotes: Uint8Array): number {
  const view = new DataView(quotes.buffer);
  let wide = 0;
  for (let at = 0; at < quotes.length; at += 46) {
    expect(view.getUint32(at)).toBe(42);
    expect(view.getUint8(at + 4)).toBe(2);
    if (isWide(view.getFloat64(at + 30), view.getFloat64(at + 38))) wide += 1;
  }
  return wide;
}
