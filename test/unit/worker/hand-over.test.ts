import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import type { SinkEnd } from "../../../src/operators/operator.ts";
import { handOver } from "../../../src/worker/hand-over.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const failed = (domain: "user" | "external", code = "user_function"): WallarooError =>
  new WallarooError(code, "it failed", { domain });

/** A job with one sink; what the sink was asked to prepare is noted. */
function jobWith(error: Error, more: { prepare?: () => Promise<void>; commits?: boolean } = {}) {
  const clock = new FakeClock();
  const prepared: number[] = [];
  const sink = {
    isPreparing: false,
    prepare: (epoch: number) => {
      prepared.push(epoch);
      return more.prepare?.() ?? Promise.resolve();
    },
  };
  const committer = more.commits === true ? {} : undefined;
  const job = {
    error,
    epoch: 7,
    settings: { ports: { clock } },
    sinks: [{ step: 3, name: "out", connections: [{ writer: {}, committer }] }],
    tasks: [{ sinks: new Map([[3, sink as unknown as SinkEnd]]) }],
  };
  const done = (): Promise<void> => handOver(job as unknown as Parameters<typeof handOver>[0]);
  return { clock, prepared, sink, done };
}

test("when a function threw, a sink that needs no commit writes what it was given", async () => {
  const { prepared, done } = jobWith(failed("user"));
  await done();
  expect(prepared).toEqual([8]);
  const invalid = jobWith(failed("external", "invalid_record"));
  await invalid.done();
  expect(invalid.prepared).toEqual([8]);
});

test("what waits for a commit is not written, and nothing is when a sink is to blame", async () => {
  const commits = jobWith(failed("user"), { commits: true });
  await commits.done();
  const sink = jobWith(failed("external", "disk_full"));
  await sink.done();
  const killed = jobWith(failed("external", "killed"));
  await killed.done();
  expect([commits.prepared, sink.prepared, killed.prepared]).toEqual([[], [], []]);
});

test("a sink that prepares an epoch already is asked after that", async () => {
  const { clock, prepared, sink, done } = jobWith(failed("user"));
  sink.isPreparing = true;
  const ended = done();
  await clock.advance(50);
  expect(prepared).toEqual([]);
  sink.isPreparing = false;
  await clock.advance(10);
  await ended;
  expect(prepared).toEqual([8]);
});

test("a sink that is stuck, or fails, is waited for no longer than a second", async () => {
  const stuck = jobWith(failed("user"), { prepare: () => new Promise(() => undefined) });
  let isOver = false;
  const ended = stuck.done().then(() => (isOver = true));
  await stuck.clock.advance(999);
  expect(isOver).toBe(false);
  await stuck.clock.advance(1);
  await ended;
  await jobWith(failed("user"), { prepare: () => Promise.reject(new Error("no")) }).done();
});
