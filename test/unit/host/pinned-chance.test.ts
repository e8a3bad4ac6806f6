import { expect, test } from "bun:test";
import nodeCrypto from "node:crypto";
import { withPinned } from "../../../src/host/pinned-chance.ts";

const constant = { now: () => 42, monotonic: () => 1_500.25, random: () => 0.5 };

/** Everything that is replaced, as an app asks for it. */
function askAll(): Readonly<Record<string, unknown>> {
  return {
    "Math.random": Math.random(),
    "Date.now": Date.now(),
    "new Date": new Date().getTime(),
    "Date()": new Date(Date()).getTime(),
    "performance.now": performance.now(),
    "process.hrtime": process.hrtime(),
    "process.hrtime since": process.hrtime([1, 0]),
    "process.hrtime.bigint": process.hrtime.bigint(),
    "Bun.nanoseconds": Bun.nanoseconds(),
    "Bun.randomUUIDv7": Bun.randomUUIDv7(),
    "crypto.randomUUID": crypto.randomUUID(),
    "crypto.getRandomValues": [...crypto.getRandomValues(new Uint16Array(2))],
    "node:crypto randomUUID": nodeCrypto.randomUUID(),
    "node:crypto randomBytes": nodeCrypto.randomBytes(2).toString("hex"),
    "node:crypto randomInt": [nodeCrypto.randomInt(10), nodeCrypto.randomInt(10, 20)],
  };
}

test("time and chance are what is given", async () => {
  const uuid = "80808080-8080-4080-8080-808080808080";
  expect(await withPinned(constant, async () => askAll())).toEqual({
    "Math.random": 0.5,
    "Date.now": 42,
    "new Date": 42,
    "Date()": 0, // A text has whole seconds.
    "performance.now": 1_500.25,
    "process.hrtime": [1, 500_250_000],
    "process.hrtime since": [0, 500_250_000],
    "process.hrtime.bigint": 1_500_250_000n,
    "Bun.nanoseconds": 1_500_250_000,
    "Bun.randomUUIDv7": "00000000-002a-7080-8080-808080808080",
    "crypto.randomUUID": uuid,
    "crypto.getRandomValues": [0x80_80, 0x80_80],
    "node:crypto randomUUID": uuid,
    "node:crypto randomBytes": "8080",
    "node:crypto randomInt": [5, 15],
  });
});

test("then they are again what they were, after a failure, too", async () => {
  const functions = () => [
    Math.random,
    Date,
    Date.now,
    Date.prototype.constructor,
    performance.now,
    process.hrtime,
    Bun.nanoseconds,
    Bun.randomUUIDv7,
    crypto.randomUUID,
    crypto.getRandomValues,
    nodeCrypto.randomUUID,
    nodeCrypto.randomBytes,
    nodeCrypto.randomInt,
  ];
  const before = functions();
  const failing = withPinned(constant, async () => {
    expect(functions().filter((one, i) => one === before[i])).toEqual([]);
    throw new Error("it failed");
  });
  await expect(failing).rejects.toThrow("it failed");
  expect(functions()).toEqual(before);
});

test("a date that is given, or made by a class, is a date as any other", async () => {
  await withPinned(constant, async () => {
    class Day extends Date {}
    expect([new Date(7).getTime(), new Day().getTime()]).toEqual([7, 42]);
    expect([new Date() instanceof Date, new Day() instanceof Day]).toEqual([true, true]);
    expect(new Date().constructor).toBe(Date);
    expect(Date.UTC(1970, 0, 1)).toBe(0);
  });
});

test("who asks is told by name", async () => {
  const asked = new Set<string>();
  const told =
    (value: number) =>
    (name: string): number => {
      asked.add(name);
      return value;
    };
  await withPinned({ now: told(1), monotonic: told(2), random: told(0.5) }, async () => askAll());
  expect([...asked].toSorted()).toEqual([
    "Bun.nanoseconds",
    "Bun.randomUUIDv7",
    "Date.now",
    "Math.random",
    "crypto.getRandomValues",
    "crypto.randomBytes",
    "crypto.randomInt",
    "crypto.randomUUID",
    "new Date",
    "performance.now",
    "process.hrtime",
  ]);
  asked.clear();
  await withPinned({ now: told(1), monotonic: told(2), random: told(0.5) }, async () => {
    return [new Date(5), Date.UTC(2000), new Date(2000, 1)];
  });
  expect([...asked]).toEqual([]);
});

test("callbacks get what is pinned, too", async () => {
  const bytes = await withPinned(
    constant,
    () =>
      new Promise<string>((resolve) => {
        nodeCrypto.randomBytes(1, (_error, value) => resolve(value.toString("hex")));
      }),
  );
  expect(bytes).toBe("80");
});
