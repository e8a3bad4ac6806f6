import { expect, test } from "bun:test";
import { compareStates } from "../../../src/model/state-compare.ts";
import type { StateHeader } from "../../../src/model/state-header.ts";
import { orphansOf, orphanText } from "../../../src/model/state-orphans.ts";

function header(step: string, ...names: readonly string[]): StateHeader {
  const parts = (names.length === 0 ? [""] : names).map(
    (name) => ({ name, kind: "value", version: 1, canUpgrade: false }) as const,
  );
  return { step, namespace: "", kind: names.length > 0 ? "several" : "value", parts };
}

test("a step that was renamed leaves an orphan, with what it may be called now", () => {
  const kept = [header("count"), header("same")];
  const [only, ...more] = orphansOf(compareStates(kept, [header("tally"), header("same")]));
  expect(more).toEqual([]);
  expect(only).toEqual({ name: "count", candidates: ["tally"] });
  expect(orphanText(only!)).toContain('"count", which the app does not have: was it renamed to');
});

test("a part that was renamed is one, too, and what is only new is none", () => {
  const kept = [header("s", "a", "b")];
  const wanted = [header("s", "a", "c"), header("new")];
  const found = orphansOf(compareStates(kept, wanted));
  expect(found).toEqual([{ name: "s/b", candidates: ["s/c"] }]);
  const removed = orphansOf(compareStates([header("gone")], []));
  expect(orphanText(removed[0]!)).toContain("was it renamed or removed?");
});
