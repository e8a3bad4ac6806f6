import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { readAnew } from "../../../src/host/read-anew.ts";

/** Fails so many times, then gives how often it was called. */
function failing(times: number, code: string): () => Promise<number> {
  let calls = 0;
  return async () => {
    if (++calls <= times) throw externalError(code, `call ${calls}`);
    return calls;
  };
}

test.each(["not_found", "log_gap"])(
  "what was dropped meanwhile (%s) is read anew",
  async (code) => {
    expect(await readAnew(3, failing(2, code))).toBe(3);
  },
);

test("it ends when the last try fails, and at once for what is no dropped record", async () => {
  const last = await readAnew(3, failing(3, "log_gap")).catch((error: unknown) => error);
  expect(last).toMatchObject({ code: "log_gap", message: "call 3" });
  const damaged = await readAnew(3, failing(1, "log_damaged")).catch((error: unknown) => error);
  expect(damaged).toMatchObject({ code: "log_damaged", message: "call 1" });
});
