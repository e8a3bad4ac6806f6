import { expect, test } from "bun:test";
import { ATTEMPTS_MAX, end, retry } from "../../../src/coordinator/job-ending.ts";
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

test("a job that has no workers is over at once", () => {
  const [run, actions] = end(newRun("job", 1, 0), { state: "stopped", error: undefined }, 5);
  expect(run.phase).toBe("ended");
  expect(actions).toMatchObject([{ do: "ended" }]);
});
