import { expect, test } from "bun:test";
import { PartTask } from "../../../src/worker/part-task.ts";

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
    // Its files are on their way, and are not any more once the part is closed.
    keeper: { freeze: () => undefined, write: () => never, abandon: () => undefined },
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
