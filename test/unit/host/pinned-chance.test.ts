import { expect, test } from "bun:test";
import { withPinned } from "../../../src/host/pinned-chance.ts";

test("time and chance are what is given, and then again what they were", async () => {
  const before = [Math.random, Date.now];
  const seen = await withPinned({ now: () => 42, random: () => 0.5 }, async () => [
    Math.random(),
    Date.now(),
  ]);
  expect(seen).toEqual([0.5, 42]);
  const failing = withPinned({ now: () => 42, random: () => 0.5 }, async () => {
    throw new Error("it failed");
  });
  expect(failing).rejects.toThrow("it failed");
  await failing.catch(() => undefined);
  expect([Math.random, Date.now]).toEqual(before);
});
