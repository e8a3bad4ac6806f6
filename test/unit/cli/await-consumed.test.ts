import { expect, test } from "bun:test";
import {
  askStatus,
  awaitConsumed,
  type Consumption,
  whatIsLeft,
} from "../../../src/cli/await-consumed.ts";
import type { JobStatus, SinkStatus, SourceStatus } from "../../../src/model/status.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const local = { host: "127.0.0.1", port: 50_000 };
const peer = "127.0.0.1:50000";

function source(more: Partial<SourceStatus> = {}): SourceStatus {
  return {
    name: "in",
    kind: "tcp",
    about: "tcp",
    addresses: [{ host: "0.0.0.0", port: 7_010 }],
    splits: 1,
    records: 0,
    bytes: 0,
    invalid: 0,
    pending: 0,
    isFinished: false,
    producers: [{ peer, bytes: 100, frames: 1, isOpen: true }],
    facts: {},
    ...more,
  };
}

function sink(more: Partial<SinkStatus> = {}): SinkStatus {
  return {
    name: "out",
    kind: "tcp",
    about: "tcp",
    delivery: "at-most-once",
    records: 0,
    pending: 0,
    isBlocked: false,
    facts: {},
    ...more,
  };
}

function status(more: Partial<JobStatus> = {}): JobStatus {
  return {
    job: "count",
    app: "count",
    worker: "w",
    state: "running",
    error: undefined,
    startedAt: 0,
    upMs: 0,
    metrics: true,
    epoch: 0,
    sources: [source()],
    steps: [],
    sinks: [sink()],
    ...more,
  };
}

function consumption(
  answers: (JobStatus | undefined)[] = [],
  clock = new FakeClock(),
): Consumption {
  return {
    target: { host: "localhost", port: 7_010 },
    local,
    bytes: 100,
    deadlineMs: 1_000,
    http: "http://h:1",
    clock,
    ask: () => Promise.resolve(answers.length > 1 ? answers.shift() : answers[0]),
  };
}

const less = [{ peer, bytes: 99, frames: 1, isOpen: true }];
const other = [{ peer: "127.0.0.1:50001", bytes: 100, frames: 1, isOpen: true }];

test.each<[string, Partial<JobStatus>, string | undefined]>([
  ["all is done", {}, undefined],
  ["bytes are missing", { sources: [source({ producers: less })] }, "has read 99 of 100 bytes"],
  ["records wait in the source", { sources: [source({ pending: 3 })] }, "in holds 3 records"],
  ["records wait in a sink", { sinks: [sink(), sink({ pending: 2 })] }, "out holds 2 records"],
  ["the sink is blocked", { sinks: [sink({ pending: 2, isBlocked: true })] }, ", blocked"],
  ["the producer is another", { sources: [source({ producers: other })] }, "none of its sources"],
])("when %s, it says so", (_, more, left) => {
  const found = whatIsLeft(status(more), consumption());
  if (left === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(left);
});

test("a job that failed or was stopped is an error at once", () => {
  const failed = status({ state: "failed", error: "step x threw" });
  expect(() => whatIsLeft(failed, consumption())).toThrow("job count failed: step x threw");
  expect(() => whatIsLeft(status({ state: "stopped" }), consumption())).toThrow("was stopped");
});

test("a job without a source at that port is another job", () => {
  const addresses = [{ host: "h", port: 9 }];
  const elsewhere = status({ sources: [source({ addresses, producers: [] })] });
  expect(() => whatIsLeft(elsewhere, consumption())).toThrow(
    "no source at port 7010 (it listens at h:9)",
  );
  expect(() => whatIsLeft(status({ sources: [] }), consumption())).toThrow("(none listens)");
});

test("it asks until all is consumed", async () => {
  const clock = new FakeClock();
  const answers = [undefined, status({ sources: [source({ producers: [] })] }), status()];
  let isDone = false;
  const waiting = awaitConsumed(consumption(answers, clock)).then(() => (isDone = true));
  for (let i = 0; i < 20 && !isDone; i++) {
    clock.advance(25);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  await waiting;
  expect(isDone).toBeTrue();
});

test("after its deadline it says what was left", async () => {
  const clock = new FakeClock();
  const failure = awaitConsumed(
    consumption([status({ sources: [source({ pending: 3 })] })], clock),
  ).catch(String);
  for (let i = 0; i < 60; i++) {
    clock.advance(25);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  expect(await failure).toContain("has not consumed all after 1 s: source in holds 3 records");
});

test("it asks by HTTP, and says who did not answer", async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/other/v1/status") return Response.json({});
      const headers = { "x-wallaroo": "v1" };
      return pathname === "/v1/status"
        ? Response.json(status(), { headers })
        : new Response("no", { status: 404, headers });
    },
  });
  const http = `http://127.0.0.1:${server.port}`;
  try {
    expect((await askStatus(http)())?.job).toBe("count");
    expect(askStatus(`${http}/x`)()).rejects.toThrow("the answer is 404");
    expect(askStatus(`${http}/other`)()).rejects.toThrow(
      "what answers there is no wallaroo of this version (status 200, no header x-wallaroo)",
    );
  } finally {
    await server.stop(true);
  }
  expect(askStatus(http)()).rejects.toThrow("nobody answers there");
});
