import { expect, test } from "bun:test";
import { countsText, readBySource, warningsOf } from "../../../src/cli/simulated-counts.ts";

const step = (name: string, into: number, out: number, dropped = 0) => {
  return { name, in: into, out, dropped, diverted: 0 };
};

test("a run that reads and writes is told in a line", () => {
  const counted = {
    steps: [step("in", 1_200, 1_200), step("map", 1_200, 1_200), step("out", 1_200, 0)],
    sources: ["in"],
    written: { out: 1_200 },
  };
  expect(countsText(counted)).toBe("records read: in 1,200; records of sinks: out 1,200");
  expect(readBySource(counted)).toEqual({ in: { read: 1_200, refused: 0 } });
  expect(warningsOf(counted)).toEqual([]);
});

test("what was refused is told, and a source that read nothing", () => {
  const counted = {
    steps: [step("in", 3, 3, 2), step("more", 0, 0), step("out", 3, 0)],
    sources: ["in", "more"],
    written: { out: 3 },
  };
  expect(countsText(counted)).toBe(
    "records read: in 5 (2 refused), more 0; records of sinks: out 3",
  );
  expect(warningsOf(counted)).toEqual([
    expect.stringContaining('source "in" refused 2 of 5 records'),
    expect.stringContaining('source "more" read nothing'),
  ]);
});

test("where nothing comes out it is told which step was the last", () => {
  const counted = {
    steps: [step("in", 5, 5), step("keep", 5, 0), step("out", 0, 0)],
    sources: ["in"],
    written: { out: 0 },
  };
  expect(warningsOf(counted)).toEqual([
    'no sink got a record, so that nothing is compared: of 5 records that step "keep" got it ' +
      "gave none on",
  ]);
  const [nothing] = warningsOf({ steps: [step("in", 0, 0, 5)], sources: ["in"], written: {} });
  expect(nothing).toContain("refused 5 of 5");
  expect(warningsOf({ steps: [step("in", 0, 0, 5)], sources: ["in"], written: {} })[1]).toBe(
    "no sink got a record, so that nothing is compared",
  );
});
