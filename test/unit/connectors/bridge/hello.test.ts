import { expect, test } from "bun:test";
import fc from "fast-check";
import { admit } from "../../../../src/connectors/bridge/hello.ts";

const hello = (cookie: string, version = "0.0.1") =>
  ({ type: "hello", version, cookie, program: "p", instance: "i" }) as const;

test("who knows the cookie comes in, whoever it is", () => {
  expect(admit(hello("monster"), "monster")).toEqual(hello("monster"));
});

test("any other cookie is refused, and neither is told", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (given, wanted) => {
      fc.pre(given !== wanted);
      const denial = admit(hello(given), wanted);
      expect(denial).toEqual({
        kind: "cookies",
        text: "Bad cookie",
        answer: `Bad cookie: ${given.slice(0, 100)}`,
      });
    }),
  );
});

test("the version is looked at first, and long ones are not echoed whole", () => {
  expect(admit(hello("wrong", "9".repeat(500)), "monster")).toEqual({
    kind: "versions",
    text: `Unknown protocol version: ${"9".repeat(100)}`,
  });
});

test("nothing else comes first", () => {
  expect(admit({ type: "eos", stream: 1n }, "monster")).toMatchObject({ kind: "outOfState" });
});
