import { expect, test } from "bun:test";
import { World } from "../../../src/testing/world.ts";

test("timers of a host stand still while it is paused, then come at once and in order", () => {
  const world = new World(1);
  const host = world.host("a");
  const { life } = host;
  const fired: string[] = [];
  for (const ms of [30, 10, 20]) life.clock.after(ms, () => fired.push(`${ms}`));
  host.pause();
  world.run(1_000);
  expect(fired).toEqual([]);
  host.resume();
  world.run(0);
  expect(fired).toEqual(["10", "20", "30"]);
});

test("a timer that is cancelled while the host is paused does not fire", () => {
  const world = new World(1);
  const host = world.host("a");
  let fired = 0;
  const timer = host.life.clock.after(10, () => fired++);
  host.pause();
  world.run(100);
  timer.cancel();
  host.resume();
  world.run(100);
  expect(fired).toBe(0);
});

test("a wall clock that jumps leaves the monotonic one alone", () => {
  const world = new World(1);
  const host = world.host("a");
  const { clock } = host.life;
  const [wall, monotonic] = [clock.now(), clock.monotonic()];
  host.jump(-86_400_000);
  expect([clock.now() - wall, clock.monotonic() - monotonic]).toEqual([-86_400_000, 0]);
});
