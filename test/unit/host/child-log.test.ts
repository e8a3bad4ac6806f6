import { expect, test } from "bun:test";
import { childLine, type ChildLogOptions } from "../../../src/host/child-log.ts";

const TIME = "2026-01-02T03:04:05.678Z";
const style: ChildLogOptions = {
  names: ["w1", "w10"],
  isPretty: false,
  hasColor: false,
  now: () => Date.parse(TIME),
};
const pretty = { ...style, isPretty: true };
const line = JSON.stringify({ level: "warn", time: TIME, worker: "w1", text: "slow", step: "in" });

test("a line of our logger stays as it is, as JSON", () => {
  expect(childLine("w1", line, style)).toBe(`${line}\n`);
});

test("on a terminal it has a label, in columns", () => {
  expect(childLine("w1", line, pretty)).toBe("w1  | 03:04:05.678 warn  in: slow\n");
});

test("each line of a stack has the label", () => {
  const error = { name: "Error", message: "bad", stack: "Error: bad\n    at f (a.ts:1:2)" };
  const failed = JSON.stringify({ level: "error", time: TIME, text: "it failed", error });
  const told = childLine("w10", failed, pretty).split("\n").slice(0, -1);
  expect(told.length).toBeGreaterThan(2);
  for (const one of told) expect(one).toStartWith("w10 | ");
  expect(told.at(-1)).toContain("at f (a.ts:1:2)");
});

test.each(["printed by an app", '{"level":"warn"', '{"level":"loud","time":"","text":""}', "[1]"])(
  "%s becomes a line of its worker",
  (text) => {
    const told = JSON.parse(childLine("w1", text, style)) as object;
    expect(told).toEqual({ level: "info", time: TIME, worker: "w1", text });
    expect(childLine("w1", text, pretty)).toBe(`w1  | ${text}\n`);
  },
);

test("labels differ by colour where there is colour", () => {
  const colours = ["w1", "w10"].map((name) =>
    childLine(name, "x", { ...pretty, hasColor: true }).slice(0, 5),
  );
  expect(new Set(colours).size).toBe(2);
});
