import { expect, test } from "bun:test";
import { externalError } from "../../../../src/base/errors.ts";
import { Decisions } from "../../../../src/connectors/bridge/decisions.ts";
import type { TwoPhase } from "../../../../src/connectors/bridge/two-phase.ts";
import { BRIDGE_DECIDE_MS } from "../../../../src/model/limits.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

/** Decisions, all that was said of them, and what is over. */
function decisions() {
  const said: (TwoPhase | string)[] = [];
  const over: unknown[] = [];
  const clock = new FakeClock();
  let tag = 0n;
  const speaker = {
    say: (one: TwoPhase) => void said.push(one),
    list: () => {
      said.push("list");
      return ++tag;
    },
  };
  const all = new Decisions(clock, speaker, () => externalError("away", "it is away"));
  const note = (...one: unknown[]) => void over.push(one);
  const say = (...undecided: string[]) => all.say(() => true, new Set(undecided), note);
  const listed = (of: bigint, ...names: string[]) => all.listed(of, names, note);
  return { all, said, over, clock, say, listed };
}

test("a decision is said once on a connection, and over when the list is without it", async () => {
  const { all, said, over, say, listed } = decisions();
  const done = all.decide("t", true);
  say("t");
  say("t");
  expect(said).toEqual([{ type: "phase2", transaction: "t", isCommit: true }, "list"]);
  expect(listed(9n)).toBeUndefined();
  expect(all.count).toBe(1);
  expect(listed(1n, "other")).toBeUndefined();
  await done;
  expect(over).toEqual([["t", true, true]]);
  expect(all.count).toBe(0);
});

test("what is not listed is decided already", async () => {
  const { all, said, over, say } = decisions();
  const done = all.decide("t", false);
  say("other");
  await done;
  expect(said).toEqual([]);
  expect(over).toEqual([["t", false, false]]);
});

test("what is still listed after its decision is said again on the next connection", async () => {
  const { all, said, say, listed } = decisions();
  const done = all.decide("t", true);
  say("t");
  expect(listed(1n, "t")).toBe("t");
  all.again();
  expect(all.isSaid("t")).toBeTrue();
  say("t");
  expect(said.filter((one) => one !== "list").length).toBe(2);
  listed(2n);
  await done;
});

test("a decision waits while its transaction is not open to it", () => {
  const { all, said } = decisions();
  void all.decide("t", true);
  all.say(
    () => false,
    new Set(["t"]),
    () => undefined,
  );
  expect(said).toEqual([]);
  expect(all.commits()).toEqual(["t"]);
});

test("two that decide the same share the answer; two that do not are our mistake", async () => {
  const { all } = decisions();
  const one = all.decide("t", true);
  expect(all.decide("t", true)).toBe(one);
  expect(() => all.decide("t", false)).toThrow("committed and taken back at once");
  all.fail("t", externalError("x", "x"));
  expect(await codeOf(one)).toBe("x");
});

test("whoever waits too long is told, and nothing is left", async () => {
  const { all, clock, listed } = decisions();
  const waiting = [codeOf(all.decide("t", true)), codeOf(all.list())];
  clock.advance(BRIDGE_DECIDE_MS);
  expect(await Promise.all(waiting)).toEqual(["away", "away"]);
  expect(all.count).toBe(0);
  expect(listed(1n)).toBeUndefined();
  expect(clock.waiting).toBe(0);
});

test("each question has an answer of its own; closing ends all", async () => {
  const { all, say, listed, clock } = decisions();
  const first = all.list();
  say();
  const second = all.list();
  say();
  listed(1n, "a");
  listed(2n, "b");
  expect([await first, await second]).toEqual([["a"], ["b"]]);
  const left = [codeOf(all.list()), codeOf(all.decide("t", true))];
  all.close();
  expect(await Promise.all(left)).toEqual(["away", "away"]);
  expect(clock.waiting).toBe(0);
});
