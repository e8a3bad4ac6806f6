import { expect, test } from "bun:test";
import { World } from "../../../src/testing/world.ts";

test("nothing of a life goes on behind a crash, and the next one begins anew", () => {
  const world = new World(1);
  const host = world.host("a");
  let fired = 0;
  const { life } = host;
  life.clock.after(10, () => fired++);
  host.crash({ hasPower: true });
  life.clock.after(10, () => fired++);
  world.run(100);
  expect([fired, host.isAlive]).toEqual([0, false]);
  host.restart();
  host.life.clock.after(10, () => fired++);
  world.run(100);
  expect(fired).toBe(1);
  expect(() => host.restart()).toThrow("a is alive");
});

test("without power a file keeps what was durable; a killed process loses nothing", async () => {
  for (const hasPower of [true, false]) {
    const world = new World(1);
    const host = world.host("a");
    const file = await host.disk.open("/log", "append");
    await file.write(Buffer.from("kept"), 0, 4);
    await file.sync();
    await host.disk.syncFolder("/");
    await file.write(Buffer.from("not"), 0, 3);
    host.crash({ hasPower });
    expect(host.disk.text("/log")).toBe(hasPower ? "keptnot" : "kept");
  }
});

test("peers of a killed process are told, those of a host without power are not", () => {
  for (const hasPower of [true, false]) {
    const world = new World(1);
    const [a, b] = [world.host("a"), world.host("b")];
    const closes: unknown[] = [];
    const quiet = { data: () => undefined, drain: () => undefined, close: () => undefined };
    world.settle(b.life.network.listen({ host: "b", port: 1 }, () => quiet));
    const noting = { ...quiet, close: (error: Error | undefined) => closes.push(error?.message) };
    world.settle(a.life.network.connect({ host: "b", port: 1 }, () => noting));
    b.crash({ hasPower });
    world.run(60_000);
    expect(closes).toEqual(hasPower ? ["connection reset by peer"] : []);
    const dial = a.life.network.connect({ host: "b", port: 1 }, () => quiet);
    const why = hasPower ? "nobody listens there" : "it does not answer";
    expect(() => world.settle(dial)).toThrow(why);
  }
});
