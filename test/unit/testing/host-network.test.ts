import { expect, test } from "bun:test";
import { World } from "../../../src/testing/world.ts";

const quiet = { data: () => undefined, drain: () => undefined, close: () => undefined };
const two = () => {
  const world = new World(1);
  return { world, a: world.host("a").life.network, b: world.host("b").life.network };
};

test("a port is taken once, and is free again when its listener is closed", () => {
  const { world, a } = two();
  const listener = world.settle(a.listen({ host: "127.0.0.1", port: 9 }, () => quiet));
  expect(listener.address).toEqual({ host: "a", port: 9 });
  expect(() => world.settle(a.listen({ host: "a", port: 9 }, () => quiet))).toThrow(
    "port 9 of a is in use",
  );
  listener.close();
  world.settle(a.listen({ host: "a", port: 9 }, () => quiet));
});

test("port 0 is another one each time", () => {
  const { world, a } = two();
  const ports = [1, 2].map(
    () => world.settle(a.listen({ host: "a", port: 0 }, () => quiet)).address.port,
  );
  expect(new Set(ports).size).toBe(2);
});

test.each([
  ["b", 9, "cannot connect to b:9: nobody listens there"],
  ["c", 9, "cannot connect to c:9: there is no such host"],
])("dialling %s:%d is refused", (host, port, wanted) => {
  const { world, a } = two();
  expect(() => world.settle(a.connect({ host, port }, () => quiet))).toThrow(wanted);
});

test("a connection that the listener refuses is closed", () => {
  const { world, a, b } = two();
  const closes: unknown[] = [];
  world.settle(b.listen({ host: "b", port: 9 }, () => undefined));
  const handler = { ...quiet, close: () => void closes.push("closed") };
  a.connect({ host: "b", port: 9 }, () => handler).catch(() => undefined);
  world.run(1_000);
  expect(closes).toEqual(["closed"]);
});
