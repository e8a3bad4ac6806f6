import { expect, test } from "bun:test";
import { Nap } from "../../../src/connectors/nap.ts";
import { settle } from "../../support/connector-context.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("a nap ends when its time is over, or when it is woken", async () => {
  const clock = new FakeClock();
  const nap = new Nap(clock);
  const ends: number[] = [];
  const sleep = (ms: number) => nap.wait(ms).then(() => ends.push(clock.monotonic()));
  void sleep(100);
  clock.advance(99);
  await settle();
  expect(ends).toEqual([]);
  clock.advance(1);
  await settle();
  void sleep(100);
  clock.advance(30);
  nap.wake();
  await settle();
  expect(ends).toEqual([100, 130]);
  expect(clock.waiting).toBe(0);
});

test("waking nobody changes nothing", () => {
  const nap = new Nap(new FakeClock());
  expect(() => nap.wake()).not.toThrow();
});
