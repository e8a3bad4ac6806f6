import { expect, test } from "bun:test";
import { isJobRecord, jobRecordProblem } from "../../../src/coordinator/job-records.ts";

test("what is no record of a job's log is told, with where it is wrong", () => {
  const generation = { leaderEpoch: 1, attempt: 1 };
  expect(isJobRecord({ type: "fence", generation, epoch: 3 })).toBe(true);
  expect(jobRecordProblem({ type: "fence", generation, epoch: -3 })).toMatch(/epoch/);
  expect(jobRecordProblem({ type: "nonsense" })).toMatch(/no record nonsense/);
  expect(jobRecordProblem(undefined)).toMatch(/no record undefined/);
  expect(jobRecordProblem({ type: "checkpoint", manifest: {} })).toMatch(/manifest/);
});
