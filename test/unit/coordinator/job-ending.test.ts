import { expect, test } from "bun:test";
import { decideJob } from "../../../src/coordinator/job.ts";
import type { JobEvent } from "../../../src/coordinator/job-events.ts";
import { ATTEMPTS_MAX, end, retry, UNREADABLE } from "../../../src/coordinator/job-ending.ts";
import { newRun, type JobRun } from "../../../src/coordinator/job-run.ts";

const running = (): JobRun => ({ ...newRun("job", 1, 0), phase: "running" });

test("what fails in one way is tried again, ever later, and then no more", () => {
  let run = running();
  const waits: number[] = [];
  for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
    const [next] = retry(run, { place: "port_in_use", text: "taken", isWaiting: true }, 1_000);
    waits.push(next.notBefore - 1_000);
    run = { ...next, phase: "running", phaseSince: 1_000 };
  }
  expect(waits).toEqual([0, 1_000]);
  const [over, actions] = retry(
    run,
    { place: "port_in_use", text: "taken", isWaiting: true },
    1_000,
  );
  expect(over.outcome?.state).toBe("failed");
  expect(actions).toMatchObject([{ do: "tell", message: { type: "release" } }]);
});

test("a job that has a checkpoint says to which it goes back", () => {
  const base = { epoch: 7 } as JobRun["base"];
  const [, actions] = retry(
    { ...running(), base },
    { place: "", text: "worker w-1 is gone", isWaiting: false },
    5,
  );
  const said = actions.find((action) => action.do === "say");
  expect(said?.text).toMatch(/goes back to checkpoint 7/);
});

test("where its checkpoint cannot be read, the next generation looks for an older one", () => {
  const cause = { place: UNREADABLE, text: "file a is damaged", isWaiting: true };
  const failing = (base: JobRun["base"]): JobRun => {
    const failures = { place: UNREADABLE, count: ATTEMPTS_MAX - 1 };
    return { ...running(), base, failures };
  };
  const [none] = retry(failing(undefined), cause, 5);
  expect(none.outcome?.error).toBe("3 attempts failed one after the other, file a is damaged");
  const [looking, said] = retry(failing({ epoch: 7 } as JobRun["base"]), cause, 5);
  expect([looking.phase, looking.notBefore, looking.suspect?.epoch]).toEqual(["waiting", 5, 7]);
  expect(said.at(-1)).toMatchObject({ text: expect.stringContaining("are read back") });

  const workers = [{ name: "w", host: "w", data: { host: "w", port: 1 } }];
  const placement = { workers, tasks: [], sources: [], sinks: [] };
  const generation = { leaderEpoch: 1, attempt: 2 };
  const placed = { type: "placed", placement, generation, flow: { plan: {}, steps: [] } };
  // No more of a plan is asked.
  const [fencing, fence] = decideJob(looking, placed as unknown as JobEvent, 6);
  expect(fence).toMatchObject([{ do: "fence", suspect: 7 }]);
  const stays = { type: "no_way_back", generation, why: "sink out has shown it" } as const;
  const [over] = decideJob(fencing, stays, 7);
  expect(over.outcome?.error).toBe(
    "3 attempts failed one after the other, file a is damaged; sink out has shown it",
  );
  const [whole] = decideJob(fencing, { ...stays, why: "" }, 7);
  expect(whole.outcome?.error).toBe("3 attempts failed one after the other, file a is damaged");
  const older = { type: "no_way_back", generation: looking.generation, why: "" } as const;
  expect(decideJob(fencing, older, 7)).toEqual([fencing, []]);
});

test("a job that has no workers is over at once", () => {
  const [run, actions] = end(newRun("job", 1, 0), { state: "stopped", error: undefined }, 5);
  expect(run.phase).toBe("ended");
  expect(actions).toMatchObject([{ do: "ended" }]);
});
