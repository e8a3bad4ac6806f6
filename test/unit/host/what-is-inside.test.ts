import { expect, test } from "bun:test";
import { whatIsInside } from "../../../src/host/what-is-inside.ts";
import type { SinkStatus } from "../../../src/model/status.ts";

function sink(more: Partial<SinkStatus>): SinkStatus {
  const none = { records: 0, pending: 0, isBlocked: false, facts: {} };
  const about = "tcp 127.0.0.1:7002, lines";
  return { name: "out", kind: "tcp", about, delivery: "at-most-once", ...none, ...more };
}

test("what a writer holds counts like what waits for it", () => {
  const facts = { connected: "no", heldRecords: 940, heldBytes: 9_400 };
  expect(whatIsInside({ sinks: [sink({ pending: 2, facts })] })).toBe(
    'sink "out" (tcp 127.0.0.1:7002, lines) holds 942 records',
  );
  expect(whatIsInside({ sinks: [sink({ pending: 1 })] })).toEndWith("holds 1 record");
  expect(whatIsInside({ sinks: [sink({ facts: { held: 12 } })] })).toEndWith("holds 12 bytes");
});

test("sinks that hold nothing are not named", () => {
  const one = sink({ name: "idle" });
  expect(whatIsInside({ sinks: [one] })).toBe("no sink holds records: a step is busy");
  const both = whatIsInside({
    sinks: [one, sink({ pending: 3 }), sink({ name: "b", pending: 4 })],
  });
  expect(both).not.toContain("idle");
  expect(both).toContain('holds 3 records; sink "b"');
});
