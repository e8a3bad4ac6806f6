import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { unreadToken } from "../../../src/host/unread-token.ts";

test("the file, the reason and what to do are named", () => {
  let problem: unknown;
  try {
    readFileSync(`${import.meta.dir}/absent`);
  } catch (error) {
    problem = unreadToken("ca/token", error);
  }
  expect(problem).toMatchObject({
    code: "bad_token_file",
    message:
      "--token-file ca/token cannot be read (ENOENT): copy the file `token` of the coordinator's " +
      "--data folder, and name it",
  });
  expect(unreadToken("a", new Error("no")).message).toContain("(no)");
});
