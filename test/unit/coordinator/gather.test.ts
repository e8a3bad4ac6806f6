import { expect, test } from "bun:test";
import { gather } from "../../../src/coordinator/gather.ts";
import { newRun } from "../../../src/coordinator/job-run.ts";
import type { Member, Members } from "../../../src/coordinator/members.ts";

function membersOf(...names: string[]): Members {
  return new Map(
    names.map((name) => [name, { since: 0, introduction: { name } } as unknown as Member]),
  );
}

function gathered(bound: readonly string[], wanted: number | undefined): readonly string[] {
  const run = { ...newRun("job", 1, 0), restarts: 1 };
  const members = membersOf("w-1", "w-2", "w-3");
  const view = { run, wanted, members, busy: new Set<string>(), bound: new Set(bound) };
  const found = gather({ ...view, now: 60_000 }) ?? [];
  return found.map(({ introduction }) => introduction.name);
}

test("who keeps what a job has promised to keep is among its workers", () => {
  expect(gathered([], 1)).toEqual(["w-1"]);
  expect(gathered(["w-3"], 1)).toEqual(["w-3"]);
  expect(gathered(["w-2", "w-3"], 2)).toEqual(["w-2", "w-3"]);
  expect(gathered(["w-3"], undefined)).toEqual(["w-3", "w-1", "w-2"]);
});
