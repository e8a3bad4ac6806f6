import { expect, test } from "bun:test";
import { externalError, userError } from "../../../src/base/errors.ts";
import { patiently } from "../../../src/coordinator/patiently.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { silentLogger } from "../../support/run-app.ts";

const away = externalError("store_unavailable", "it is away");

/** What comes of work whose attempts end so, one after the other, and when. */
async function outcomeOf(script: readonly unknown[], wantedTries = Number.POSITIVE_INFINITY) {
  const clock = new SimClock();
  let tries = 0;
  const work = async (): Promise<unknown> => {
    const next = script[tries++];
    if (next instanceof Error) throw next;
    return next;
  };
  const random = { next: () => 0.5, u32: () => 1 };
  const ports = { clock, random, log: silentLogger };
  let outcome: unknown = "still waiting";
  patiently(ports, work, () => tries < wantedTries).then(
    (result) => (outcome = result),
    (error: unknown) => (outcome = error),
  );
  for (let ms = 0; ms < 60_000; ms += 50) {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(50);
  }
  return { tries, outcome };
}

test("who is away, or does not answer, is asked again", async () => {
  expect(await outcomeOf([away, undefined, away, "here"])).toEqual({ tries: 4, outcome: "here" });
});

test("what nobody wants any more is not tried again", async () => {
  const script = Array.from({ length: 9 }, () => away);
  expect(await outcomeOf(script, 3)).toEqual({ tries: 3, outcome: undefined });
});

test("what no further attempt mends is thrown at once", async () => {
  const damaged = externalError("log_damaged", "it is damaged");
  const own = new Error("a bug");
  for (const error of [damaged, userError("bad", "it is wrong"), own]) {
    expect(await outcomeOf([error, "later"])).toEqual({ tries: 1, outcome: error });
  }
});

test("a store that is away for long is asked each few seconds", async () => {
  const script = Array.from({ length: 100 }, () => away);
  const { tries, outcome } = await outcomeOf(script);
  expect(outcome).toBe("still waiting");
  expect(tries).toBeGreaterThan(12);
  expect(tries).toBeLessThan(40);
});
