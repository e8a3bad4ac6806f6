import { expect, test } from "bun:test";
import { userError } from "../../../src/base/errors.ts";
import { placeOf, userFailure } from "../../../src/operators/failure.ts";

function withStack(...frames: readonly string[]): Error {
  const error = new RangeError("too far");
  error.stack = `RangeError: too far\n${frames.map((frame) => `    at ${frame}`).join("\n")}`;
  return error;
}

const facts = { step: "count", what: "its function", record: { id: 7 }, position: undefined };

test("a place is the first frame in a file of the user's", () => {
  const own = "f (src/base/errors.ts:28:14)";
  const chunk = "<anonymous> (file:///$bunfs/root/chunk-1.js:57:18)";
  expect(placeOf(withStack(own, chunk, "g (/apps/x/app.ts:3:80)"))).toBe("/apps/x/app.ts:3:80");
  expect(placeOf(withStack("async /apps/x/app.ts:3:8"))).toBe("/apps/x/app.ts:3:8");
  expect(placeOf(withStack("file:///apps/x/app.ts:3:8"))).toBe("/apps/x/app.ts:3:8");
  expect(placeOf(withStack(own, chunk, "run (native:7:39)"))).toBeUndefined();
});

test("a frame of a package is told only where there is none of the user's own files", () => {
  const zod = "parse (/apps/node_modules/zod/index.js:1:2)";
  expect(placeOf(withStack(zod, "g (/apps/app.ts:3:8)"))).toBe("/apps/app.ts:3:8");
  expect(placeOf(withStack(zod))).toBe("/apps/node_modules/zod/index.js:1:2");
});

test("folders may have spaces, parentheses and any letters in their names", () => {
  const file = "/my apps (old)/ünï/app.ts:3:8";
  expect(placeOf(withStack(`new Thing (${file})`))).toBe(file);
  expect(placeOf(withStack(file))).toBe(file);
});

test("our own sources are never the user's place", () => {
  expect(placeOf(userError("x", "y"))).toStartWith(import.meta.path);
});

test("what a function threw is told with step, kind, place, record and position", () => {
  const cause = withStack("g (/apps/app.ts:3:8)");
  const failure = userFailure({ ...facts, position: { offset: 12 } }, cause);
  expect(failure.message).toBe(
    'step "count": its function threw RangeError: too far (/apps/app.ts:3:8), ' +
      'for record {"id":7} at {"offset":12}',
  );
  expect([failure.code, failure.domain, failure.cause]).toEqual(["user_function", "user", cause]);
});

test("what we refuse ourselves is not said to be thrown, and the step's own place is told", () => {
  const cause = userError("state_not_plain", "state is not plain data");
  cause.stack = "WallarooError: state is not plain data\n    at userError (src/base/errors.ts:1:2)";
  expect(userFailure({ ...facts, at: "/apps/app.ts:3" }, cause).message).toBe(
    'step "count": state is not plain data (/apps/app.ts:3), for record {"id":7}',
  );
});

test("a thrown text, and nothing at all, are told as well", () => {
  expect(userFailure(facts, "oh").message).toContain("its function threw oh, for record");
  expect(userFailure(facts, undefined).message).toContain("its function threw undefined, for");
});
