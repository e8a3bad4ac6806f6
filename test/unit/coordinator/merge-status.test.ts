import { expect, test } from "bun:test";
import { mergeStatus } from "../../../src/coordinator/merge-status.ts";
import type { JobSummary } from "../../../src/model/cluster-status.ts";
import { statusOf } from "../../support/http.ts";

const cluster: JobSummary = {
  job: "count",
  lineage: "count-0123456789ab",
  app: "count",
  state: "running",
  phase: "running",
  generation: "1.1",
  workers: ["w-1", "w-2"],
  restarts: 0,
  lastEnd: undefined,
  error: undefined,
  epoch: 4,
  createdAt: 0,
  checkpoint: undefined,
  damaged: [],
  damagedSavepoints: [],
  durability: "none",
};

test("counts are summed, addresses and producers listed, facts that differ too", () => {
  const one = statusOf("running");
  const first = one.sources[0]!;
  const facts = { files: 2, format: "lines" };
  const a = { ...one, sources: [{ ...first, records: 3, isFinished: true, facts }] };
  const b = {
    ...one,
    sources: [{ ...first, records: 4, isFinished: false, facts: { files: 5, format: "u32be" } }],
  };
  const merged = mergeStatus([a, b], { cluster, now: 1_000, metrics: true });
  expect(merged.sources).toHaveLength(one.sources.length);
  expect(merged.sources[0]).toMatchObject({
    records: 7,
    splits: first.splits * 2,
    isFinished: false,
    facts: { files: 7, format: "lines, u32be" },
  });
  expect(merged.sources[0]!.addresses).toHaveLength(first.addresses.length * 2);
  expect(merged.worker).toBe("w-1,w-2");
});

test("a job of which no worker told anything has the state that the coordinator knows", () => {
  const merged = mergeStatus([], { cluster, now: 1_000, metrics: false });
  expect(merged).toMatchObject({ state: "running", sources: [], upMs: 0, epoch: 4 });
});
