import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { fnv1a } from "../../../src/base/hash.ts";
import { arrayKeyText, keyBytes, keyGroup, writeKey } from "../../../src/model/key.ts";
import { KEY_BYTES_MAX, KEY_DEPTH_MAX, KEY_GROUPS } from "../../../src/model/limits.ts";
import golden from "../../golden/keys.json";

const hex = (key: unknown): string => Buffer.from(keyBytes(key)).toString("hex");

const errorOf = (key: unknown): { code: string; message: string; domain: string } => {
  try {
    keyBytes(key);
  } catch (error) {
    return error as { code: string; message: string; domain: string };
  }
  throw new Error("no error");
};

describe("golden vectors", () => {
  test.each(
    golden.keys.map((vector) => [JSON.stringify(vector.key).slice(0, 40), vector] as const),
  )("%s keeps its bytes and key groups", (_, vector) => {
    expect(hex(vector.key)).toBe(vector.bytes);
    expect(fnv1a(keyBytes(vector.key))).toBe(vector.hash);
    expect(keyGroup(vector.key)).toBe(vector.group256);
    expect(keyGroup(vector.key, 12)).toBe(vector.group12);
  });

  test("the vectors hold -0, which JSON keeps", () => {
    expect(golden.keys.some(({ key }) => Object.is(key, -0))).toBe(true);
  });
});

describe("canonical bytes", () => {
  test("-0 and 0 are one key, also in an array", () => {
    expect(hex(-0)).toBe(hex(0));
    expect(hex([-0])).toBe(hex([0]));
  });

  test("infinities are keys", () => {
    expect(hex(Infinity)).toBe("027ff0000000000000");
    expect(hex(-Infinity)).toBe("02fff0000000000000");
  });

  test("texts are not normalised: two ways to write é are two keys", () => {
    expect(hex("\u00e9")).not.toBe(hex("e\u0301"));
  });

  test("a key leaves what stands before it in the writer", () => {
    const writer = new ByteWriter();
    writer.u8(0xff);
    writeKey("a", writer);
    expect(Buffer.from(writer.take()).toString("hex")).toBe("ff0161");
  });

  test("the bytes of one key survive the making of the next", () => {
    const first = keyBytes("first");
    keyBytes("other");
    expect(Buffer.from(first).toString("latin1")).toBe("\u0001first");
  });

  test("a key at the limit is a key", () => {
    expect(keyBytes("x".repeat(KEY_BYTES_MAX - 1))).toHaveLength(KEY_BYTES_MAX);
  });
});

const wellFormed = fc.string({ unit: "binary" });
const number = fc.double({ noNaN: true });
const part: fc.Arbitrary<unknown> = fc.oneof(wellFormed, number, fc.boolean());
const keys = fc.oneof(part, fc.array(part), fc.array(fc.array(part, { maxLength: 3 })));

/** Equality of keys by value: the model of what equal bytes must mean. */
const equal = (a: unknown, b: unknown): boolean => {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, i) => equal(item, b[i]));
};

describe("any keys", () => {
  test("have equal bytes exactly when they are equal by value", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(hex(a) === hex(b)).toBe(equal(a, b));
        expect(hex(structuredClone(a))).toBe(hex(a));
      }),
      { numRuns: 2_000 },
    );
  });

  test("lie in a key group below the number of groups, by the hash of their bytes", () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 4096 }), (key, groups) => {
        expect(keyGroup(key, groups)).toBe(fnv1a(keyBytes(key)) % groups);
      }),
    );
  });

  test("have one text in a Map per value", () => {
    const arrays = fc.array(part);
    fc.assert(
      fc.property(arrays, arrays, (a, b) => {
        expect(arrayKeyText(a) === arrayKeyText(b)).toBe(equal(a, b));
        expect(Buffer.from(arrayKeyText(a), "latin1")).toEqual(Buffer.from(keyBytes(a)));
      }),
    );
  });
});

test("texts of any length and script lie where their bytes say", () => {
  const ascii = fc.string({ unit: "binary-ascii", minLength: 0, maxLength: 140 });
  const mixed = fc
    .tuple(ascii, fc.string({ unit: "binary" }), ascii)
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(ascii, mixed), (text) => {
      expect(keyGroup(text, 65_536)).toBe(fnv1a(keyBytes(text)) % 65_536);
    }),
  );
  for (const length of [0, 1, 63, 64, 65]) {
    for (const text of ["a".repeat(length), `${"a".repeat(length)}é`, `é${"a".repeat(length)}`]) {
      expect(keyGroup(text, 65_536)).toBe(fnv1a(keyBytes(text)) % 65_536);
    }
  }
  expect(() => keyGroup("a\ud800")).toThrow("half a surrogate pair");
});

test("words spread over all key groups, none with more than twice its share", () => {
  const counts = new Array<number>(KEY_GROUPS).fill(0);
  for (let i = 0; i < 100 * KEY_GROUPS; i++) counts[keyGroup(`word-${i}`)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(200);
});

describe("what is no key", () => {
  const rest = ": a key is a string, a number, a boolean or an array of those";

  test.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["NaN", Number.NaN, "NaN, which equals nothing"],
    ["an object", { a: 1 }, "an object"],
    ["a Map", new Map(), "an object"],
    ["a function", () => 1, "a function"],
    ["a bigint", 1n, "a bigint"],
    ["a symbol", Symbol("s"), "a symbol"],
    ["undefined in an array", ["a", undefined], "undefined"],
    ["a hole in an array", new Array(1), "undefined"],
    ["NaN in an array in an array", [[Number.NaN]], "NaN, which equals nothing"],
    ["an object in an array", [{ a: 1 }], "an object"],
  ])("%s is refused, and the message says what a key is", (_, key, what) => {
    const { code, message, domain } = errorOf(key);
    expect(message).toBe(`key is ${what}${rest}`);
    expect([code, domain]).toEqual(["bad_key", "user"]);
  });

  test("half a surrogate pair is refused and shown escaped", () => {
    const { code, message } = errorOf("a\ud800");
    expect(code).toBe("bad_key");
    expect(message).toBe(`key is a string with half a surrogate pair${rest} ("a\\ud800")`);
  });

  test("the text of a bad key in a message is short", () => {
    expect(errorOf("x".repeat(10_000) + "\udc00").message.length).toBeLessThan(500);
  });

  test("arrays may nest eight deep, not nine, and not in themselves", () => {
    const nested = (depth: number): unknown => (depth === 0 ? "a" : [nested(depth - 1)]);
    expect(() => keyBytes(nested(KEY_DEPTH_MAX))).not.toThrow();
    expect(errorOf(nested(KEY_DEPTH_MAX + 1)).message).toBe(
      `key is arrays deeper than ${KEY_DEPTH_MAX}${rest}`,
    );
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(errorOf(cyclic).code).toBe("bad_key");
  });

  test.each([
    ["a text", "x".repeat(KEY_BYTES_MAX)],
    ["a text of many bytes", "日".repeat(KEY_BYTES_MAX / 2)],
    ["many parts", new Array<number>(KEY_BYTES_MAX + 1).fill(1)],
    ["large parts", ["x".repeat(60_000), "y".repeat(60_000)]],
    ["large parts inside", [["x".repeat(60_000), "y".repeat(60_000)]]],
  ])("%s over the limit of bytes is refused with the limit", (_, key) => {
    const { code, message } = errorOf(key);
    expect(code).toBe("key_too_long");
    expect(message).toMatch(/^key of at least \d+ bytes, limit 65536: key by a hash or an id/);
  });
});
