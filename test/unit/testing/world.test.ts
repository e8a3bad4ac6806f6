import { expect, test } from "bun:test";
import { World } from "../../../src/testing/world.ts";

const quiet = { data: () => undefined, drain: () => undefined, close: () => undefined };

/** Two hosts, and some bytes from one to the other. */
function run(seed: number, text: string): World {
  const world = new World(seed, { lateMsMax: 2, isRestless: true });
  const [a, b] = [world.host("a"), world.host("b")];
  world.settle(b.life.network.listen({ host: "b", port: 0 }, () => quiet));
  const dial = a.life.network.connect({ host: "b", port: 20_000 }, () => quiet);
  const connection = world.settle(dial);
  const bytes = Buffer.from(text);
  for (let i = 0; i < 20; i++) connection.write(bytes, 0, bytes.length);
  world.run(50);
  return world;
}

test("the trace of a run depends on its seed and on every byte, and on nothing else", () => {
  const { trace, events } = run(7, "some bytes");
  expect(events).toBeGreaterThan(5);
  expect([run(7, "some bytes").trace, run(7, "some bytes").events]).toEqual([trace, events]);
  expect(run(7, "some bytex").trace).not.toBe(trace);
  expect(run(8, "some bytes").trace).not.toBe(trace);
});

test("a promise is awaited in simulated time, and not for ever", () => {
  const world = new World(1);
  const { clock } = world.host("a").life;
  const later = new Promise<number>((resolve) => void clock.after(5_000, () => resolve(3)));
  expect([world.settle(later), world.clock.monotonic()]).toEqual([3, 5_000]);
  expect(() => world.settle(new Promise(() => undefined), 1_000)).toThrow(
    "not done within 1000 ms of simulated time",
  );
  expect(() => world.settle(Promise.reject(new Error("refused")))).toThrow("refused");
});
