import { expect, test } from "bun:test";
import { newRun, type JobRun } from "../../../src/coordinator/job-run.ts";
import {
  beginRound,
  lateRound,
  onCommitted,
  onDamaged,
  onReported,
  onStored,
} from "../../../src/coordinator/rounds.ts";
import type { Manifest, PartSnapshot } from "../../../src/model/checkpoint.ts";

const NAMES = ["w-1", "w-2"];
const started = (): JobRun => ({
  ...newRun("job", 1, 0),
  phase: "running",
  placement: {
    workers: NAMES.map((name) => ({ name, data: { host: "h", port: 1 }, host: "h" })),
    tasks: [],
    sources: [],
    sinks: [],
  },
});
const snapshot = (split: string, position: number): PartSnapshot => ({
  tasks: [],
  positions: [{ source: "in", split, position, isDone: false }],
  committables: [],
});
const reported = (split: string, position: number) =>
  ({ type: "barrier_done", epoch: 1, snapshot: snapshot(split, position) }) as const;

function untilReported(base?: Manifest) {
  let [run] = beginRound({ ...started(), base }, 10);
  const actions = NAMES.flatMap((name) => {
    const [next, more] = onReported(run, reported(name, 7), name, 25);
    run = next;
    return more;
  });
  return { run, actions };
}

test("a checkpoint is stored when all have reported, and committed when it is stored", () => {
  const { run, actions } = untilReported();
  expect(actions).toMatchObject([{ do: "store", epoch: 1, tookMs: 15, isFinal: false }]);
  const [action] = actions;
  if (action?.do !== "store") throw new Error("nothing is stored");
  expect(action.snapshot.positions).toHaveLength(2);
  const manifest = { ...action.snapshot, epoch: 1 } as Manifest;
  const [stored, tells] = onStored(run, manifest);
  expect(tells).toMatchObject([{ do: "tell", message: { type: "commit", epoch: 1 } }]);
  expect(stored.base).toBe(manifest);
  expect(onStored(stored, manifest)[1]).toEqual([]);
  let over: unknown;
  let next = stored;
  for (const name of NAMES) {
    const event = { type: "committed", epoch: 1, isSealed: true } as const;
    [next, , over] = onCommitted(next, event, name, 30);
  }
  expect(over).toEqual({ isSealed: true });
  expect(next.round).toEqual({ step: "idle" });
});

test("where nothing is different no checkpoint is stored, and the epoch is over as well", () => {
  const first = untilReported().actions[0];
  if (first?.do !== "store") throw new Error("nothing is stored");
  const { run, actions } = untilReported({ ...first.snapshot, epoch: 1 } as Manifest);
  expect(actions).toMatchObject([{ do: "tell", message: { type: "commit", epoch: 1 } }]);
  expect(run.round.step).toBe("committing");
});

test("a report that comes twice, or of another epoch, changes nothing", () => {
  const [run] = beginRound(started(), 10);
  const [once] = onReported(run, reported("w-1", 7), "w-1", 11);
  expect(onReported(once, reported("w-1", 8), "w-1", 12)).toEqual([once, []]);
  const old = { ...reported("w-2", 7), epoch: 0 };
  expect(onReported(once, old, "w-2", 12)).toEqual([once, []]);
});

test("what is in a damaged file is written anew, until a checkpoint does without it", () => {
  const named = (...names: readonly string[]): Manifest => {
    const files = names.map((name) => ({ name, size: 1, sha256: "", epoch: 1 }));
    return { ...snapshot("a", 7), epoch: 1, tasks: [{ steps: [], files }] } as unknown as Manifest;
  };
  const base = named("a", "b");
  const [other] = onDamaged({ ...started(), base }, "gone");
  expect(other.damaged).toEqual([]);
  const [hurt] = onDamaged(onDamaged({ ...started(), base }, "a")[0], "a");
  const [, tells] = beginRound(hurt, 10);
  const message = { type: "barrier", epoch: 1, damaged: ["a"] } as const;
  expect(tells).toEqual([{ do: "tell", workers: NAMES, message }]);
  const storing = { ...hurt, round: { ...untilReported().run.round, epoch: 1 } as JobRun["round"] };
  expect(onStored(storing, base)[0].damaged).toEqual(["a"]);
  const [healed, says] = onStored(storing, named("b", "c"));
  expect(healed.damaged).toEqual([]);
  expect(says.at(-1)).toMatchObject({ do: "say", text: expect.stringContaining("does without") });
});

test("what an epoch waits for is told once it takes long", () => {
  const [begun] = beginRound(started(), 1_000);
  expect([lateRound(started(), 90_000), lateRound(begun, 5_999)]).toEqual([undefined, undefined]);
  expect(lateRound(begun, 6_000)).toBe(
    "checkpoint 1 waits for w-1, w-2 to report it, for 5.0 s now",
  );
  const [one] = onReported(begun, reported("a", 7), "w-1", 2_000);
  expect(lateRound(one, 61_000)).toBe("checkpoint 1 waits for w-2 to report it, for 60.0 s now");
  const { run } = untilReported();
  expect(lateRound(run, 9_010)).toBe("checkpoint 1 waits for the store to take it, for 9.0 s now");
  const [stored] = onStored(run, { ...snapshot("a", 7), epoch: 1 } as Manifest);
  expect(lateRound(stored, 9_010)).toContain("waits for the sinks of w-1, w-2 to commit it, for");
});
