import { expect, test } from "bun:test";
import { OwnTurns } from "../../../src/coordinator/own-turns.ts";

test("a loop is late by what it missed, once, and a little does not count", () => {
  const turns = new OwnTurns(250);
  expect(turns.late(1_000)).toBe(0);
  expect(turns.late(1_250)).toBe(0);
  expect(turns.late(1_750)).toBe(0);
  expect(turns.late(6_000)).toBe(4_000);
  expect(turns.late(6_250)).toBe(0);
});
