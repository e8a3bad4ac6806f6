import { expect, test } from "bun:test";
import { LiveLine } from "../../../src/cli/live-line.ts";
import { RunEnding } from "../../../src/cli/run-ending.ts";
import { runSession, type SessionParts } from "../../../src/cli/run-session.ts";
import { Log } from "../../../src/host/json-logger.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import type { JobStatus } from "../../../src/model/status.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeIo } from "../../support/fake-io.ts";
import { statusOf } from "../../support/http.ts";

/** A session over a job that ends when the test says so. */
function begin(more: Partial<SessionParts> & { isTerminal?: boolean; sink?: string } = {}) {
  const { isTerminal = false, sink = "tcp", ...parts } = more;
  const io = new FakeIo({ isTerminal });
  const clock = new FakeClock();
  const done = Promise.withResolvers<JobStatus>();
  const stops: string[] = [];
  const kindOf = (status: JobStatus): JobStatus => ({
    ...status,
    sinks: status.sinks.map((each) => ({ ...each, kind: sink })),
  });
  const log = new Log({
    clock,
    target: () => undefined,
    levels: new LogLevels("error"),
    pretty: false,
  });
  const session = runSession({
    io,
    clock,
    node: {
      job: "j",
      http: { host: "127.0.0.1", port: 7401 },
      status: () => kindOf(statusOf("running")),
      stop: () => Promise.resolve(void stops.push("stop")),
      kill: () => undefined,
      gaveUp: undefined,
      done: done.promise,
    },
    loaded: { file: "/a/app.ts", cacheFolder: "/cache" },
    live: new LiveLine(io.stderr),
    ending: new RunEnding(log, clock, io.stderr),
    forMs: undefined,
    json: false,
    quiet: false,
    ...parts,
  });
  const end = async (status: JobStatus): Promise<number> => {
    done.resolve(kindOf(status));
    return await session;
  };
  return { io, clock, stops, end };
}

test("people read on standard output what runs and how it ended; the status is 0", async () => {
  const { io, end } = begin();
  expect(await end(statusOf("finished"))).toBe(0);
  expect(io.stdout.text).toContain("source lines: tcp 127.0.0.1:7010");
  expect(io.stdout.text).toContain("all input was consumed");
  expect(io.stderr.text).toBe("");
});

test("where the app writes to standard output, people read on standard error", async () => {
  const { io, end } = begin({ sink: "stdout" });
  await end(statusOf("finished"));
  expect(io.stdout.text).toBe("");
  expect(io.stderr.text).toContain("all input was consumed");
});

test("a failure is an error on standard error, and status 1", async () => {
  const { io, end } = begin({ quiet: true });
  expect(await end(statusOf("failed", "it broke"))).toBe(1);
  expect([io.stdout.text, io.stderr.text]).toEqual(["", "error: it broke\n"]);
});

test("a job goes on when nobody reads of it any more; its own end is the status", async () => {
  for (const json of [true, false]) {
    const { io, end } = begin({ json });
    const gone = (): never => {
      throw new Error("gone");
    };
    io.stdout.write = gone;
    io.stderr.write = gone;
    expect(await end(statusOf("finished"))).toBe(0);
    expect(await begin({ json }).end(statusOf("failed", "it broke"))).toBe(1);
  }
});

test("programs read two JSON lines: how it started and how it ended", async () => {
  const { io, end } = begin({ json: true });
  await end(statusOf("finished"));
  const lines = io.stdout.text.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { type: "started", file: "/a/app.ts", http: { port: 7401 }, status: { state: "running" } },
    { type: "ended", reason: "all input was consumed", status: { state: "finished" } },
  ]);
});

test("--for asks the job to stop when its time is over, and that is the reason", async () => {
  const { io, clock, stops, end } = begin({ forMs: 10_000 });
  clock.advance(9_999);
  expect(stops).toEqual([]);
  clock.advance(1);
  expect(stops).toEqual(["stop"]);
  await end(statusOf("stopped"));
  expect(io.stdout.text).toContain("--for 10.0 s is over");
});

test("on a terminal a live line shows each second, and is gone at the end", async () => {
  const { io, clock, end } = begin({ isTerminal: true });
  clock.advance(1_000);
  expect(io.stderr.text).toContain("lines 0/s");
  await end(statusOf("finished"));
  expect(io.stderr.text).toEndWith("\r\x1b[2K");
});
