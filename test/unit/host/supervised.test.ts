import { expect, test } from "bun:test";
import { isSupervised, onParentStop, STOP, tellReady } from "../../../src/host/supervised.ts";

test("a process that nobody supervises tells nobody, and is none", () => {
  expect(isSupervised()).toBeFalse();
  expect(() => tellReady()).not.toThrow();
});

test("the parent's word to stop is heard until nobody listens, and other words are not", () => {
  let heard = 0;
  const ignore = onParentStop(() => heard++);
  process.emit("message", "go on", undefined);
  process.emit("message", STOP, undefined);
  ignore();
  process.emit("message", STOP, undefined);
  expect(heard).toBe(1);
});
