/** The worker in a run's own process: told to end early, late, and one that does not close. */
import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { OwnWorker } from "../../../src/host/own-worker.ts";
import type { RunningWorker } from "../../../src/host/worker-node.ts";
import { STOP_MS } from "../../../src/model/limits.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NotedLog } from "../../support/noted-log.ts";

function make(isStubborn = false) {
  const [clock, log] = [new FakeClock(), new NotedLog()];
  const started = Promise.withResolvers<RunningWorker>();
  const ended = Promise.withResolvers<void>();
  const told: string[] = [];
  const node: RunningWorker = {
    name: "w1",
    data: { host: "127.0.0.1", port: 1 },
    stop: async () => {
      told.push("stop");
      if (!isStubborn) ended.resolve();
      await ended.promise;
    },
    done: ended.promise,
  };
  const worker = new OwnWorker(started.promise, { clock, log });
  return {
    worker,
    clock,
    log,
    told,
    fail: ended.reject,
    started,
    start: () => started.resolve(node),
  };
}

/** Whether it has ended by now. */
async function isOver({ done }: OwnWorker): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return await Promise.race([done.then(() => true), later]);
}

test("it is asked to end, also when it starts after that, and no timer is left", async () => {
  for (const isEarly of [true, false]) {
    const { worker, clock, told, start } = make();
    if (!isEarly) start();
    expect(await isOver(worker)).toBe(false);
    const stopping = worker.stop();
    if (isEarly) start();
    await stopping;
    expect(told).toEqual(["stop"]);
    expect(clock.waiting).toBe(0);
  }
});

test("one that does not close within the limit is given up, and it is said", async () => {
  const { worker, clock, log, start } = make(true);
  start();
  await isOver(worker);
  const stopping = worker.stop();
  clock.advance(STOP_MS - 1);
  expect(await isOver(worker)).toBe(false);
  clock.advance(1);
  await stopping;
  expect(log.texts.join()).toContain("the job did not close within");
});

test("one that is killed meanwhile has less time", async () => {
  const { worker, clock, start } = make(true);
  start();
  await isOver(worker);
  void worker.stop();
  worker.kill();
  clock.advance(1_000);
  expect(await isOver(worker)).toBe(true);
});

test("one that cannot start, or cannot go on, says why", async () => {
  const why = externalError("folder_in_use", "another has the folder");
  const first = make();
  first.started.reject(why);
  await expect(first.worker.done).rejects.toThrow("another has the folder");
  const second = make();
  second.start();
  second.fail(why);
  await expect(second.worker.done).rejects.toThrow("another has the folder");
  await expect(second.worker.stop()).rejects.toThrow("another has the folder");
});
