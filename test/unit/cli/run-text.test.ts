import { expect, test } from "bun:test";
import { liveText, startText, summaryText } from "../../../src/cli/run-text.ts";
import { FakeOut } from "../../support/fake-io.ts";
import { statusOf } from "../../support/http.ts";

test("the start says where sources really listen and what sinks promise", () => {
  const started = {
    status: statusOf("running"),
    file: "/apps/a/app.ts",
    cacheFolder: "/cache",
    http: { host: "127.0.0.1", port: 7401 },
  };
  expect(startText(started)).toBe(
    [
      "app    a as job j (/apps/a/app.ts)",
      "source lines: tcp 127.0.0.1:7010 (tcp 127.0.0.1:0, lines of utf8)",
      "sink   counts: tcp 127.0.0.1:7002, lines of json (at-least-once)",
      "http   http://127.0.0.1:7401",
      "cache  /cache",
      "",
    ].join("\n"),
  );
  expect(startText({ ...started, http: undefined })).toContain("http   off\n");
});

test("the live line shows records a second since the look before, cut to the terminal", () => {
  const before = statusOf("running");
  const now = {
    ...before,
    upMs: before.upMs + 2_000,
    sources: before.sources.map((source) => ({ ...source, records: source.records + 3_000 })),
    sinks: before.sinks.map((sink) => ({ ...sink, records: sink.records + 10, isBlocked: true })),
  };
  expect(liveText(before, now, 100)).toBe(
    "lines 1,500/s  ->  counts 5/s  waiting for sink counts  up 4.0 s",
  );
  expect(liveText(before, now, 0)).toBe(liveText(before, now, 80));
  expect(liveText(before, now, 12)).toBe("lines 1,50…");
});

test("the summary has both ends and why it ended", () => {
  expect(summaryText(statusOf("stopped"), "asked to (SIGTERM)", new FakeOut())).toBe(
    [
      "        name    records  per s  invalid",
      "source  lines     2,000  1,000        1",
      "sink    counts      500    250",
      "stopped after 2.0 s: asked to (SIGTERM)",
      "",
    ].join("\n"),
  );
  const told = (restarts: number, lastEnd?: string): string =>
    summaryText(statusOf("stopped"), "x", new FakeOut(), { restarts, lastEnd });
  expect(told(0, "of a run before")).toBe(summaryText(statusOf("stopped"), "x", new FakeOut()));
  expect(told(1)).toContain("\nthe job went back to its checkpoint once; the numbers are those");
  expect(told(2, "worker w2 is gone")).toContain("2 times, the last time as worker w2 is gone; ");
});
