import { expect, test } from "bun:test";
import {
  awayError,
  closedError,
  fencedError,
  forgottenError,
  lostError,
  refusedError,
  slowError,
} from "../../../../src/connectors/bridge/problems.ts";

test("each says who, what is kept and what follows; the job may try all of them again", () => {
  for (const error of [
    awayError("h:1", "it says: no"),
    slowError("h:1", "t", 5_000, undefined),
    refusedError("h:1", "t", 0),
    forgottenError("h:1", "t"),
    lostError("h:1", 5),
    fencedError("t"),
    closedError("t"),
  ]) {
    expect([error.domain, error.retryable]).toEqual(["external", true]);
    expect(error.message).toMatch(/h:1|of t /);
  }
  expect(awayError("h:1", "it says: no").message).toContain("(it says: no)");
  expect(refusedError("h:1", "t", 0).message).toContain("it stands at 0");
  expect(refusedError("h:1", "t", undefined).message).not.toContain("stands");
  expect(slowError("h:1", "t", 5_000, undefined).message).toContain("5.0 s");
});
