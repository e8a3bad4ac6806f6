import { expect, test } from "bun:test";
import { join } from "node:path";
import { readFrames, testApp, writeFrames } from "wallaroo/testing";
import marketSpread from "./app.ts";
import { mustReject, wasRejected } from "./check.ts";
import { order, quote, rejection } from "./records.ts";
import { makeOrders, makeQuotes, readInstruments } from "./traffic.ts";

const time = "20160902-15:47:53.000";
const file = (name: string) => Bun.file(join(import.meta.dir, name));
const initial = await file("input/350-symbols_initial-nbbo-fixish.msg").bytes();
const instruments = readInstruments(initial);

/** What the app writes for quotes, and orders after them. */
async function run(quotes: Uint8Array, orders: Uint8Array): Promise<Uint8Array> {
  await using t = await testApp(marketSpread);
  t.feed("nbbo", readFrames(quotes, quote));
  await t.settle();
  t.feed("orders", readFrames(orders, order));
  const rejections = await t.collect<Parameters<typeof rejection.encode>[0]>("rejections");
  return writeFrames(rejections, rejection);
}

test("the shipped orders are rejected as the independent check says, in order", async () => {
  const orders = await file("input/1000-orders.msg").bytes();
  const got = wasRejected(await run(initial, orders));
  expect(got).toEqual(mustReject(initial, orders));
  const listed = got.map((hex) => Buffer.from(hex, "hex").toString("latin1", 5, 15));
  const shown = listed.map((text) => `${text.slice(0, 6)} ${text.slice(6)}\n`).join("");
  expect(shown).toBe(await file("expected/rejected.txt").text());
});

test("before any quote every order is rejected", async () => {
  const orders = makeOrders(instruments, { seed: 9, count: 50, rejections: 0, time });
  const got = wasRejected(await run(new Uint8Array(0), orders));
  expect(got.length).toBe(50);
  expect(got).toEqual(mustReject(new Uint8Array(0), orders));
});

test.each([11, 12, 13])("random traffic of seed %d is rejected as the check says", async (seed) => {
  const made = makeQuotes(instruments, { seed, count: 3_000, time, wide: 200 });
  const quotes = Buffer.concat([initial, made]);
  const orders = makeOrders(instruments, { seed, count: 2_000, rejections: 100, time });
  const expected = mustReject(quotes, orders);
  expect(expected.length).toBeGreaterThan(100);
  expect(wasRejected(await run(quotes, orders))).toEqual(expected);
});
