import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  bytesText,
  copyPlain,
  freezePlain,
  hex,
  notPlain,
  plainText,
} from "../../../src/base/plain.ts";

class Account {
  balance = 1;
}

const plain = fc.oneof(
  fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true, maxDepth: 4 }),
  fc.object({ withTypedArray: true, withNullPrototype: true, maxDepth: 3 }),
);

describe("notPlain", () => {
  test("finds nothing in plain data of any kind", () => {
    fc.assert(fc.property(plain, (value) => expect(notPlain(value)).toBeUndefined()));
    for (const value of [undefined, null, 0, "", true, 1n]) expect(notPlain(value)).toBeUndefined();
  });

  test.each([
    [() => 1, "value: a function"],
    [Symbol("s"), "value: a symbol"],
    [new Account(), "value: an instance of Account"],
    [{ a: { b: [1, () => 1] } }, "a.b[1]: a function"],
    [[new Account()], "[0]: an instance of Account"],
    [{ seen: new Set([Symbol("s")]) }, "seen[0]: a symbol"],
    [{ totals: new Map([["x", new Account()]]) }, "totals[0]: an instance of Account"],
    [{ keys: new Map([[new Account(), 1]]) }, "keys[0]: an instance of Account"],
    [Promise.resolve(), "value: an instance of Promise"],
    [/x/, "value: an instance of RegExp"],
  ])("says where the first thing is that is not plain (%#)", (value: unknown, found) => {
    expect(notPlain(value)).toBe(found);
  });

  test("calls a cycle too deep, instead of running for ever", () => {
    const cycle: Record<string, unknown> = {};
    cycle["next"] = cycle;
    expect(notPlain(cycle)).toEndWith("deeper than 64 levels (a cycle?)");
  });
});

/** A copy of an object without a prototype has one; that is no part of the data. */
function textOf(value: unknown): string {
  return Bun.inspect(value, { depth: 20 }).replaceAll("[Object: null prototype] ", "");
}

describe("copyPlain", () => {
  test("gives an equal value that shares no object with the first", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = copyPlain(value);
        // By text: a Map whose keys are Maps has no deep equality that all agree on.
        expect(textOf(copy)).toBe(textOf(value));
        const before = objectsIn(value);
        for (const inner of objectsIn(copy)) expect(before.has(inner)).toBe(false);
      }),
    );
  });

  test("copies only the bytes in view, not the chunk below", () => {
    const chunk = new Uint8Array(1000).fill(7);
    const copy = copyPlain({
      view: chunk.subarray(10, 14),
      data: new DataView(chunk.buffer, 4, 2),
    });
    expect([...copy.view]).toEqual([7, 7, 7, 7]);
    expect(copy.view.buffer.byteLength).toBe(4);
    expect([copy.data.buffer.byteLength, copy.data.getUint8(1)]).toEqual([2, 7]);
    chunk.fill(0);
    expect(copy.view[0]).toBe(7);
  });

  test("keeps a field named __proto__ a field", () => {
    const copy = copyPlain(JSON.parse('{"__proto__": {"admin": true}}') as object);
    expect(Object.keys(copy)).toEqual(["__proto__"]);
    expect("admin" in copy).toBe(false);
  });
});

/** All objects that can be reached. */
function objectsIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== "object" || value === null || found.has(value)) return found;
  found.add(value);
  const inner = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value);
  for (const each of value instanceof Set ? value : inner) objectsIn(each, found);
  return found;
}

test("freezePlain freezes all the way down and gives the value back", () => {
  const value = { a: { b: [{ c: 1 }] }, bytes: new Uint8Array(2) };
  expect(freezePlain(value)).toBe(value);
  expect(() => (value.a.b[0]!.c = 2)).toThrow(TypeError);
  expect(() => value.a.b.push({ c: 3 })).toThrow(TypeError);
});

describe("plainText", () => {
  test.each([
    [{ a: 1, b: "x" }, '{"a":1,"b":"x"}'],
    [undefined, "undefined"],
    [10n, '"10n"'],
    [new Map([["a", 1]]), '[["a",1]]'],
    [new Set([1, 2]), "[1,2]"],
    [new Uint8Array([1, 255]), '"bytes 01ff"'],
    [() => 1, "() => 1"],
  ])("shows data as JSON where it can (%#)", (value: unknown, text) => {
    expect(plainText(value, 100)).toBe(text);
  });

  test("says how long it was when it is cut", () => {
    expect(plainText("x".repeat(400), 10)).toBe('"xxxxxxxxx... (402 characters)');
  });

  test("never throws: not at a cycle, not at a hostile toJSON, not without toString", () => {
    const cycle = Object.assign(Object.create(null) as Record<string, unknown>, { a: 1 });
    cycle["self"] = cycle;
    expect(plainText(cycle, 100)).toBe("[object Object]");
    const hostile = {
      toJSON() {
        throw new Error("no");
      },
    };
    expect(plainText(hostile, 100)).toBe("[object Object]");
  });
});

test("hex shows the first bytes and how many there are", () => {
  expect(hex(new Uint8Array([0, 10, 255]))).toBe("000aff");
  expect(hex(new Uint8Array(40), 2)).toBe("0000... (40 bytes)");
});

test("bytes are told as text where they are one, else as digits", () => {
  const of = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(bytesText(of('{"id":"é"}'))).toBe('"{\\"id\\":\\"é\\"}"');
  expect(bytesText(of('{"id":1}'), String)).toBe('{"id":1}');
  expect(bytesText(of("a\tb"))).toBe('"a\\tb"');
  expect(bytesText(new Uint8Array([0xff, 0x41]))).toBe("hex ff41");
  expect(bytesText(of("a\u0000b"))).toBe("hex 610062");
  expect(bytesText(new Uint8Array(0))).toBe("none");
  // Cut within é, which has two bytes.
  expect(bytesText(of("aé" + "x".repeat(200)), undefined, 2)).toBe('"a"... (203 bytes)');
});
