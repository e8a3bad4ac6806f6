import { expect, test } from "bun:test";
import { blamed, withoutBlamed } from "../../../src/coordinator/blame.ts";
import { LEFT_OUT_MS } from "../../../src/model/limits.ts";

const names = (all: readonly string[], blame: Parameters<typeof withoutBlamed>[2], now: number) =>
  withoutBlamed(all, (name) => name, blame, now);

test("of a pair that lose each other twice running the same one is left out, for a while", () => {
  const once = blamed(undefined, "w-2", "w-1", 0);
  expect(once.leftOut).toBeUndefined();
  for (const [worker, peer] of [
    ["w-1", "w-2"],
    ["w-2", "w-1"],
  ] as const) {
    const twice = blamed(once, worker, peer, 5);
    expect(twice.leftOut).toEqual({ worker: "w-2", until: 5 + LEFT_OUT_MS });
    expect(names(["w-1", "w-2", "w-3"], twice, 6)).toEqual(["w-1", "w-3"]);
    expect(names(["w-1", "w-2"], twice, 5 + LEFT_OUT_MS)).toEqual(["w-1", "w-2"]);
  }
});

test("who is lost by several is left out, and not one of them", () => {
  const out = blamed(blamed(undefined, "w-1", "w-3", 0), "w-2", "w-3", 1);
  expect(out.leftOut?.worker).toBe("w-3");
  expect(names(["w-1", "w-2", "w-3"], out, 2)).toEqual(["w-1", "w-2"]);
});

test("losses that are long ago are forgotten, and who is left out stays so for its while", () => {
  const once = blamed(undefined, "a", "b", 0);
  expect(blamed(once, "a", "b", LEFT_OUT_MS).leftOut).toBeUndefined();
  const out = blamed(once, "a", "b", 1);
  expect(blamed(out, "a", "c", 2).leftOut?.worker).toBe("b");
});

test("who is left out is used all the same when there is nobody else", () => {
  const out = blamed(blamed(undefined, "a", "b", 0), "a", "b", 1);
  expect(names(["b"], out, 2)).toEqual(["b"]);
});
