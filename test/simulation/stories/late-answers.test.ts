/** What a worker said of a generation that is over changes nothing of the next. */
import { expect, test } from "bun:test";
import { runLateAnswers } from "../late-answers.ts";

test("an answer that comes late ends no job, and costs no attempt", () => {
  expect(runLateAnswers().problem).toBeUndefined();
});
