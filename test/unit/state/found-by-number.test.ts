import { expect, test } from "bun:test";
import { KeyMemo, type KeyNumbers } from "../../../src/model/source.ts";
import { FoundByNumber, GONE_MAX } from "../../../src/state/found-by-number.ts";

function numbers(memo: KeyMemo, edition: number): KeyNumbers {
  return { memo, edition, numbers: new Uint16Array(0) };
}

test("channels remember on their own, and forget together", () => {
  const found = new FoundByNumber();
  const [a, b] = [new KeyMemo(), new KeyMemo()];
  found.of(numbers(a, 1))[0] = "first";
  found.of(numbers(b, 1))[0] = "second";
  expect([found.of(numbers(a, 1))[0], found.of(numbers(b, 1))[0]]).toEqual(["first", "second"]);
  const held = found.of(numbers(a, 1));
  for (let gone = 1; gone < GONE_MAX; gone++) found.forget();
  expect(held).toEqual(["first"]);
  found.forget();
  for (const of of [held, found.of(numbers(a, 1)), found.of(numbers(b, 1))]) {
    expect(of).toEqual([undefined]);
  }
});

test("another edition and another table find nothing", () => {
  const [one, other] = [new FoundByNumber(), new FoundByNumber()];
  const memo = new KeyMemo();
  const nothing = [undefined, undefined];
  one.of(numbers(memo, 1))[1] = "entry";
  expect(one.of(numbers(memo, 2))).toEqual(nothing);
  one.of(numbers(memo, 2))[1] = "entry";
  expect(other.of(numbers(memo, 2))).toEqual(nothing);
  expect(one.of(numbers(memo, 2))).toEqual(nothing);
});
