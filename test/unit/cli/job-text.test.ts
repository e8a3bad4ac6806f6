import { expect, test } from "bun:test";
import { proofText, sinksText } from "../../../src/cli/job-text.ts";
import type { CheckpointSummary, JobSummary } from "../../../src/model/cluster-status.ts";
import { FakeOut } from "../../support/fake-io.ts";
import { statusOf } from "../../support/http.ts";

const out = new FakeOut(false);

function at(proof: CheckpointSummary["proof"]): JobSummary {
  const checkpoint = { epoch: 12, at: 0, tookMs: 1, files: 1, bytes: 1, proof };
  return { checkpoint } as JobSummary;
}

test("what was proven says channels, records, barriers and what steps did", () => {
  const steps = [
    { name: "words", in: 1_200, out: 1_200, dropped: 3, diverted: 0 },
    { name: "check", in: 1_200, out: 1_100, dropped: 0, diverted: 100 },
  ];
  const proof = { channels: 4, records: 1_200, total: 45_678, epochs: 1_034, steps };
  expect(proofText(at(proof), out)).toBe(
    "checkpoint 12: 1,200 records sent through 4 channels since its generation began, and as " +
      `many received; 45,678 of the whole job
records added up at 1,034 barriers, none was stored otherwise

step      in    out  dropped  diverted
words  1,200  1,200        3         0
check  1,200  1,100        0       100
`,
  );
});

test("a job in one task has no channels, and a job without a checkpoint nothing to say", () => {
  const proof = { channels: 0, records: 0, total: 0, epochs: 2, steps: [] };
  expect(proofText(at(proof), out)).toBe(
    "checkpoint 12: all on one worker, in one task\n" +
      "records added up at 2 barriers, none was stored otherwise\n",
  );
  expect(proofText(at(undefined), out)).toBe("");
  expect(proofText({ checkpoint: undefined } as JobSummary, out)).toBe("");
});

test("each sink says what it promises", () => {
  const [sink] = statusOf("running").sinks;
  const waits = { ...sink!, name: "files", delivery: "exactly-once" as const, isBlocked: true };
  expect(sinksText([sink!, waits], out)).toBe(
    "sink    delivery           records\ncounts  at-least-once          500\n" +
      "files   exactly-once   500 (waits)\n",
  );
});
