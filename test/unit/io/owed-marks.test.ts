/** Sources are told a position only when every record before it is committed. */
import { expect, test } from "bun:test";
import { type Mark, OwedMarks } from "../../../src/io/owed-marks.ts";
import { Prng } from "../../../src/base/prng.ts";

const at = (position: number): Mark[] => [{ reader: {} as never, position }];
const told = (marks: readonly Mark[]): unknown => marks[0]?.position;

test("without sinks that leave records out, marks are told at once", () => {
  const owed = new OwedMarks();
  expect(told(owed.at(at(5), [0, 0], [0, 0]))).toBe(5);
});

test("a mark waits until what was left out is sealed", () => {
  const owed = new OwedMarks();
  expect(told(owed.at(at(10), [10], [4]))).toBeUndefined();
  expect(told(owed.at(at(20), [20], [9]))).toBeUndefined();
  expect(told(owed.at(at(30), [30], [12]))).toBe(10);
  expect(told(owed.at(at(40), [40], [25]))).toBe(20);
  expect(told(owed.at(at(50), [50], [50]))).toBe(50);
});

test("whatever is left out, no mark is told early; all are told in order in the end", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed);
    const owed = new OwedMarks();
    let pushed = 0;
    let sealed = 0;
    let last = 0;
    for (let i = 0; i < 50; i++) {
      pushed += prng.below(20);
      sealed = Math.max(sealed, pushed - prng.below(60));
      const due = owed.at(at(pushed), [pushed, 0], [sealed, 0]);
      if (due.length === 0) continue;
      const position = told(due) as number;
      if (position > sealed || position < last) throw new Error(`seed ${seed}: ${position}`);
      last = position;
    }
    expect(told(owed.at(at(pushed), [pushed, 0], [pushed, 0]))).toBe(pushed);
  }
});
