import { expect, test } from "bun:test";
import { likelyWhy } from "../../../src/cli/likely-why.ts";

const nothing = { asked: [], deciding: [], isSteady: true };

test("what alone makes records differ is named, and nothing else", () => {
  const asked = ["new Date", "Math.random", "crypto.randomUUID"];
  const text = likelyWhy({ ...nothing, asked, deciding: ["crypto.randomUUID", "Math.random"] });
  expect(text).toMatch(/^records depend on Math\.random and crypto\.randomUUID, which/);
  expect(text).not.toMatch(/Date|module/);
});

test("what was asked for may be why, a module's variable in any case", () => {
  expect(likelyWhy({ ...nothing, asked: ["Date.now"] })).toMatch(
    /^Date\.now, which.*, or .*module/,
  );
  expect(likelyWhy(nothing)).toMatch(/^what a variable of a module .*no time and no chance$/);
});

test("where runs without faults differ, that is said instead", () => {
  const clues = { asked: ["Math.random"], deciding: [], isSteady: false };
  expect(likelyWhy(clues)).toMatch(/^two runs without faults differ already: .*asyncMap$/);
});
