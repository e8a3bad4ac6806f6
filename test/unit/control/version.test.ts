import { expect, test } from "bun:test";
import { engineOf, incompatible, PROTOCOL } from "../../../src/control/version.ts";

const ours = engineOf("1.2.0");

test("engines that share a protocol work together", () => {
  expect(incompatible(ours, engineOf("1.3.0"))).toBeUndefined();
  const newer = { version: "2.0.0", protocol: PROTOCOL + 5, protocolMin: PROTOCOL };
  expect(incompatible(ours, newer)).toBeUndefined();
  expect(incompatible(newer, ours)).toBeUndefined();
});

test("others are refused, and both versions named", () => {
  const newer = { version: "9.0.0", protocol: PROTOCOL + 5, protocolMin: PROTOCOL + 1 };
  for (const text of [incompatible(ours, newer), incompatible(newer, ours)]) {
    expect(text).toMatch(/9\.0\.0/);
    expect(text).toMatch(/update 1\.2\.0/);
  }
});
