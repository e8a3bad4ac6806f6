import { expect, test } from "bun:test";
import { levelRank, LogLevels } from "../../../src/model/log-levels.ts";

test("a step goes by its own level, and by that of all without one", () => {
  const levels = new LogLevels("warn", [["split", "debug"]]);
  expect([levels.of(), levels.of("split"), levels.of("count")]).toEqual(["warn", "debug", "warn"]);
  levels.set("error");
  expect([levels.of("split"), levels.of("count")]).toEqual(["debug", "error"]);
  levels.setStep("split", undefined);
  expect(levels.of("split")).toBe("error");
  expect(levels.shown()).toEqual({ level: "error", steps: {} });
});

test("each change is told until nobody watches any more", () => {
  const levels = new LogLevels();
  let told = 0;
  const unwatch = levels.watch(() => told++);
  levels.set("debug");
  levels.setStep("split", "error");
  unwatch();
  levels.set("info");
  expect(told).toBe(2);
});

test("levels are ranked from debug to error", () => {
  expect((["debug", "info", "warn", "error"] as const).map(levelRank)).toEqual([0, 1, 2, 3]);
});
