/** The commits of a job: when they begin, what they hold, and what a sink leaves for the next. */
import { expect, test } from "bun:test";
import { TaskControl } from "../../../src/operators/control.ts";
import type { SinkEnd } from "../../../src/operators/operator.ts";
import type { TaskParts } from "../../../src/worker/build-task.ts";
import { Epochs } from "../../../src/worker/epochs.ts";
import { settle } from "../../support/connector-context.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A sink of three records, of which each barrier takes one more; nothing is ever pending. */
class LateSink implements SinkEnd {
  readonly name = "late";
  readonly records = 3;
  readonly pending = 0;
  readonly isBlocked = false;
  readonly pushed = 3;
  sealed = 0;
  readonly committed: unknown[] = [];
  failing: Error | undefined = undefined;
  /** While there is one, prepares wait for it. */
  gate: PromiseWithResolvers<void> | undefined = undefined;

  push(): void {}
  flush(): void {}
  async prepare(epoch: number): Promise<unknown> {
    this.sealed = Math.min(this.sealed + 1, this.pushed);
    await this.gate?.promise;
    if (this.failing !== undefined) throw this.failing;
    return epoch;
  }
  async commit(pending: unknown): Promise<void> {
    this.committed.push(pending);
  }
  stats(): Readonly<Record<string, number>> {
    return {};
  }
}

function make() {
  const clock = new FakeClock();
  const control = new TaskControl(clock);
  const sink = new LateSink();
  const told: unknown[] = [];
  const errors: unknown[] = [];
  const task = { control, isQuiet: true };
  const parts = { task, sinks: new Map([[0, sink]]) } as unknown as TaskParts; // What is asked for.
  const reader = { acknowledge: async (position: unknown) => void told.push(position) };
  const state = { position: 1, hasFailed: false };
  const epochs = new Epochs({
    clock,
    tasks: [parts],
    marks: () => [{ reader: reader as never, position: state.position }],
    wake: () => undefined,
    hasFailed: () => state.hasFailed,
    isHalted: () => false,
    fail: (error) => errors.push(error),
  });
  return { clock, control, sink, told, errors, task, state, epochs };
}

test("the end commits until no record has missed a barrier, if pending or not", async () => {
  const { epochs, sink, told } = make();
  await epochs.finish();
  expect(sink.committed).toEqual([1, 2, 3]);
  expect(told).toEqual([1]);
});

test("work between two records begins when no record has missed the barrier", async () => {
  const { epochs, sink, control } = make();
  const never = new Promise<never>(() => undefined);
  const seen = await epochs.between(
    never,
    () => true,
    async () => ({ committed: [...sink.committed], isHeld: control.isHeld }),
  );
  expect(seen).toEqual({ committed: [1, 2, 3], isHeld: true });
  expect(control.isHeld).toBe(false);
});

test("sources are told a position when what was pushed before it is in an epoch", async () => {
  const { epochs, told, state } = make();
  for (const position of [10, 20, 30]) {
    state.position = position;
    epochs.tick();
    await settle();
  }
  // The first two barriers left records out; the third took all.
  expect(told).toEqual([30]);
});

test("tasks are held only until every sink has begun to prepare", async () => {
  const { epochs, sink, control, task } = make();
  task.isQuiet = false;
  sink.gate = Promise.withResolvers();
  epochs.tick();
  await settle();
  expect([control.isHeld, sink.sealed]).toEqual([true, 0]);
  task.isQuiet = true;
  epochs.quiet();
  await settle();
  expect([control.isHeld, sink.sealed, sink.committed]).toEqual([false, 1, []]);
  sink.gate.resolve();
  await settle();
  expect(sink.committed).toEqual([1]);
});

test("a commit that a sink wants comes in a later turn, or after the one under way", async () => {
  const { epochs, sink, clock } = make();
  epochs.want();
  epochs.want();
  await settle();
  expect(epochs.epoch).toBe(0);
  clock.advance(0);
  await settle();
  expect(sink.committed).toEqual([1]);
  sink.gate = Promise.withResolvers();
  epochs.tick();
  await settle();
  epochs.want();
  clock.advance(0);
  await settle();
  expect(epochs.epoch).toBe(2);
  sink.gate.resolve();
  await settle();
  expect(sink.committed).toEqual([1, 2, 3]);
});

test("a failure while sinks prepare leaves nothing committed and nothing told", async () => {
  const { epochs, sink, state, told, errors } = make();
  sink.gate = Promise.withResolvers();
  epochs.tick();
  await settle();
  state.hasFailed = true;
  sink.gate.resolve();
  await settle();
  expect([sink.committed, told, errors]).toEqual([[], [], []]);
  const bad = make();
  bad.sink.failing = new Error("the disk is gone");
  bad.epochs.tick();
  await settle();
  expect(bad.errors).toEqual([bad.sink.failing]);
  expect(bad.sink.committed).toEqual([]);
});
