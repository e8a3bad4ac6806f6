import { expect, test } from "bun:test";
import { Aligner } from "../../../src/exchange/aligner.ts";
import { PartTask } from "../../../src/worker/part-task.ts";

const keeper = { freeze: () => undefined, rewrite: () => undefined, abandon: () => undefined };

test("a sink that fails to prepare while nobody waits for it harms nobody else", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const sink = { prepare: () => Promise.reject(new Error("the sink is closed")) };
  const task = { isEnded: true, control: { barrierPassed: () => undefined } };
  const never = Promise.withResolvers<never>().promise;
  const one = new PartTask({
    taskId: 0,
    parts: { task, sinks: new Map([[1, sink]]) } as never,
    inboxes: [],
    exits: [],
    aligner: {} as never,
    marks: () => [],
    counts: async () => ({}),
    // Its files are on their way, and are not any more once the part is closed.
    keeper: { ...keeper, write: () => never },
    committables: () => [],
  });
  one.end(undefined);
  one.trigger(1);
  void one.prepared(1);
  one.abandon();
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect([one.hasPassed(1), unhandled]).toEqual([true, []]);
});

test("a barrier waits for outputs that a task has still to give, whoever else is quiet", () => {
  const control = { awaitBarrier: () => undefined, barrierPassed: () => undefined };
  const task = { isEnded: false, isQuiet: false, control };
  const barriers: number[] = [];
  const one = new PartTask({
    taskId: 0,
    parts: { task, sinks: new Map() } as never,
    inboxes: [],
    exits: [{ barrier: (epoch: number) => void barriers.push(epoch) } as never],
    aligner: new Aligner([], true),
    marks: () => [],
    counts: async () => ({}),
    keeper: { ...keeper, write: async () => [] },
    committables: () => [],
  });
  one.trigger(1);
  // Another task of the part has nothing to do; this one stopped within a record.
  expect([one.quiet(), one.hasPassed(1), barriers]).toEqual([false, false, []]);
  task.isQuiet = true;
  expect([one.quiet(), one.hasPassed(1), barriers]).toEqual([true, true, [1]]);
});
