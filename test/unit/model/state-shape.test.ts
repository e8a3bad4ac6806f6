/** Which shapes of states differ, and which cannot be told. */
import { expect, test } from "bun:test";
import { STATE_SHAPE_FIELDS_MAX } from "../../../src/model/limits.ts";
import { shapeDifference, shapeOf } from "../../../src/model/state-shape.ts";

const shape = (value: unknown) => shapeOf("s", () => value)!;
const difference = (was: unknown, is: unknown): string => shapeDifference(shape(was), shape(is));

test("a shape names fields, those inside objects too, and their kinds", () => {
  const value = { n: 0, at: { lat: 1, name: "" }, seen: new Set(), all: [1], by: {}, gone: null };
  expect(shape({ ...value, not: undefined, is: true, id: 1n })).toEqual([
    "all array",
    "at.lat number",
    "at.name string",
    "by table",
    "gone null",
    "id bigint",
    "is boolean",
    "n number",
    "seen Set",
  ]);
  expect([shape(new Map()), shape({}), shape(3), shape(new Float64Array(2))]).toEqual([
    [" Map"],
    [" table"],
    [" number"],
    [" Float64Array"],
  ]);
});

test.each<[was: unknown, is: unknown, told: string]>([
  [{ n: 0 }, { n: 5 }, ""],
  [{ n: 0, m: 0 }, { m: 1, n: 1 }, ""],
  [{ n: 0 }, { n: 0, m: 0 }, '"m" is new'],
  [{ n: 0, m: 0 }, { n: 0 }, '"m" is gone'],
  [{ n: 0 }, { m: 0 }, '"m" is new, "n" is gone'],
  [{ n: 0 }, { n: "" }, '"n" was a number and is a string'],
  [{ n: [] }, { n: new Set() }, '"n" was an array and is a Set'],
  [{ at: { x: 0 } }, { at: { x: 0, y: 0 } }, '"at.y" is new'],
  [{ at: { x: 0 } }, { at: 0 }, '"at" is new, "at.x" is gone'],
  [{ n: 0 }, new Map(), "it was an object and is a Map"],
  [
    {},
    Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, 0])),
    "", // A table: its names come later.
  ],
  [
    { n: 0 },
    { n: 0, ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, 0])) },
    '"f0" is new, "f1" is new, "f2" is new, "f3" is new, "f4" is new, and 3 more',
  ],
  // Not told apart: nothing is known of what is inside.
  [{ last: null }, { last: 5 }, ""],
  [{ last: { a: 1 } }, { last: null }, ""],
  [{ last: null }, { last: { a: 1 } }, ""],
  [{ n: 0 }, { n: 0, last: undefined }, ""],
  [{ n: 0, last: undefined }, { n: 0 }, ""],
  [{ by: {} }, { by: { a: 1 } }, ""],
  [{ by: { a: { b: 1 } } }, { by: {} }, ""],
  [{ by: [{ a: 1 }] }, { by: [3] }, ""],
  [{ "": 1 }, { "": 2 }, ""],
])("%j and then %j: %s", (was, is, told) => {
  expect(difference(was, is)).toBe(told);
});

test("what cannot be told the same way twice has no shape", () => {
  let calls = 0;
  const fail = (): never => {
    throw new Error("no");
  };
  expect(shapeOf("s", fail)).toBeUndefined();
  expect(shapeOf("s", () => ({ [`call ${calls++}`]: 0 }))).toBeUndefined();
  expect(shapeOf("s", (key: { id: number }) => ({ n: key.id.toFixed() }))).toBeUndefined();
  const many = Array.from({ length: STATE_SHAPE_FIELDS_MAX + 1 }, (_, i) => [`f${i}`, 0]);
  expect(shapeOf("s", () => Object.fromEntries(many))).toBeUndefined();
  expect(shapeOf("s", () => Object.fromEntries(many.slice(1)))).toHaveLength(many.length - 1);
  let deep: unknown = 0;
  for (let i = 0; i < 100; i++) deep = { deep };
  expect(shapeOf("s", () => deep)).toBeUndefined();
  expect(shapeOf("s", () => ({ ["x".repeat(2_000)]: 1 }))).toBeUndefined();
});

test("an init may ask for its key and its context", () => {
  const init = (
    key: string,
    ctx: { step: string; time: number; log: { info(_: string): void } },
  ) => {
    ctx.log.info("it begins");
    return { key, [ctx.step]: ctx.time };
  };
  expect(shapeOf("step", init)).toEqual(["key string", "step number"]);
});
