import { expect, test } from "bun:test";
import { nameOf } from "../../../../src/connectors/bridge/transactions.ts";
import { Undecided } from "../../../../src/connectors/bridge/undecided.ts";

const name = (generation: number, start = 10, end = 20) =>
  nameOf("s", { generation, epoch: 1, start, end });

test("names of other streams are not told of", () => {
  const undecided = new Undecided("s");
  expect([undecided.isKnown, undecided.isEmpty]).toEqual([false, true]);
  undecided.met(["other:g=1:at=0-1:c_id=1", "nonsense"], 0);
  expect([undecided.isKnown, undecided.isEmpty]).toEqual([true, true]);
});

test("what is left by a generation is of it, or older", () => {
  const undecided = new Undecided("s");
  undecided.met([name(1), name(2), name(3)], 0);
  expect(undecided.leftBy(2)).toEqual([name(1), name(2)]);
  undecided.decided(name(1));
  expect(undecided.leftBy(2)).toEqual([name(2)]);
  undecided.prepared(name(1));
  expect(undecided.has(name(1))).toBeTrue();
});

test("whether the first was committed cannot be told where the receiver says 0", () => {
  const undecided = new Undecided("s");
  const first = name(1, 0, 10);
  undecided.met([], 0);
  expect([undecided.isUnsure(first), undecided.isUnsure(name(1))]).toEqual([true, false]);
  undecided.met([first], 0);
  expect(undecided.isUnsure(first)).toBeFalse();
  // Prepared and decided on one connection.
  undecided.met([], 0);
  undecided.prepared(first);
  undecided.told([]);
  expect(undecided.isUnsure(first)).toBeFalse();
  undecided.met([], 10);
  expect(undecided.isUnsure(first)).toBeFalse();
});

test("a transaction is lost where the receiver stood at its begin when it met us", () => {
  const undecided = new Undecided("s");
  undecided.met([], 10);
  expect(undecided.hasLost(name(1))).toBeTrue();
  expect(undecided.hasLost(name(1, 0, 10))).toBeFalse();
  expect(undecided.hasLost("nonsense")).toBeFalse();
  undecided.decided(name(2, 20, 30));
  expect(undecided.hasLost(name(1))).toBeFalse();
  undecided.met([name(1)], 10);
  expect(undecided.hasLost(name(1))).toBeFalse();
});
