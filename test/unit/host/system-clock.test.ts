import { expect, test } from "bun:test";
import { systemClock } from "../../../src/host/system-clock.ts";

const clock = systemClock();

test("a timer fires after its delay, and a cancelled one never", async () => {
  const begun = clock.monotonic();
  const fired: string[] = [];
  const cancelled = clock.after(5, () => fired.push("cancelled"));
  cancelled.cancel();
  cancelled.cancel();
  await new Promise<void>((resolve) => void clock.after(10, resolve));
  expect(fired).toEqual([]);
  // Timers have whole milliseconds.
  expect(clock.monotonic() - begun).toBeGreaterThan(8.9);
});

test("a delay that is too long for a timer does not fire at once", async () => {
  let isFired = false;
  const timer = clock.after(2 ** 40, () => {
    isFired = true;
  });
  await new Promise<void>((resolve) => void clock.after(5, resolve));
  timer.cancel();
  expect(isFired).toBe(false);
});

test("soon is a later turn: after promises that are resolved already", async () => {
  const order: string[] = [];
  const later = new Promise<void>((resolve) =>
    clock.soon(() => {
      order.push("soon");
      resolve();
    }),
  );
  void Promise.resolve().then(() => order.push("promise"));
  order.push("now");
  await later;
  expect(order).toEqual(["now", "promise", "soon"]);
});

test("the wall clock is in ms since the epoch", () => {
  expect(new Date(clock.now()).getUTCFullYear()).toBeGreaterThanOrEqual(2025);
});
