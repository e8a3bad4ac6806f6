import { expect, test } from "bun:test";
import { StuckWatch } from "../../../src/host/stuck-watch.ts";

const INTERVAL = 500;

test("a tick that grows is never stuck", () => {
  const watch = new StuckWatch(INTERVAL);
  for (let i = 0; i < 100; i++) expect(watch.look(i, i * INTERVAL)).toBe(0);
});

test("one that stands still is stuck for as long as it did, until it grows again", () => {
  const watch = new StuckWatch(INTERVAL);
  for (let i = 0; i <= 60; i++) expect(watch.look(7, 1_000 + i * INTERVAL)).toBe(i * INTERVAL);
  expect(watch.look(8, 40_000)).toBe(0);
});

test("a process that was stopped for an hour is not stuck", () => {
  const watch = new StuckWatch(INTERVAL);
  watch.look(7, 0);
  expect(watch.look(7, 3_600_000)).toBeLessThanOrEqual(2 * INTERVAL);
  expect(watch.look(8, 3_600_500)).toBe(0);
});
