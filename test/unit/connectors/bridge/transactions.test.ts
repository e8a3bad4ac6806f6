import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  instanceOf,
  isLost,
  nameOf,
  readName,
  streamNameOf,
} from "../../../../src/connectors/bridge/transactions.ts";

const count = fc.nat(Number.MAX_SAFE_INTEGER);

test("a name tells all of its transaction, to its own sink only", () => {
  fc.assert(
    fc.property(count, count, count, count, fc.string(), (generation, epoch, start, end, sink) => {
      const transaction = { generation, epoch, start, end };
      const stream = streamNameOf({ job: "job", sink, index: 3 });
      const name = nameOf(stream, transaction);
      expect(readName(stream, name)).toEqual(transaction);
      expect(readName(streamNameOf({ job: "job", sink, index: 2 }), name)).toBeUndefined();
      expect(readName(streamNameOf({ job: "jo", sink, index: 3 }), name)).toBeUndefined();
    }),
  );
});

test("names of others are none of ours", () => {
  const stream = streamNameOf({ job: "job", sink: "out", index: 0 });
  for (const name of ["", stream, `${stream}:c_id=1`, `${stream}:g=1:at=-1-2:c_id=3`]) {
    expect(readName(stream, name)).toBeUndefined();
  }
});

test("instances are names of files, and differ where sinks do", () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(fc.string(), fc.nat(3), (sink, index) => {
      const instance = instanceOf({ job: "job", sink, index });
      expect(instance).toMatch(/^[A-Za-z0-9_.-]+$/);
      const who = JSON.stringify([sink, index]);
      expect(seen.get(instance) ?? who).toBe(who);
      seen.set(instance, who);
    }),
  );
});

test("a transaction is lost where the receiver stands at its begin, if that tells anything", () => {
  expect(isLost({ start: 10, end: 20 }, 10)).toBeTrue();
  expect(isLost({ start: 10, end: 20 }, 20)).toBeFalse();
  expect(isLost({ start: 10, end: 20 }, 0)).toBeFalse();
  expect(isLost({ start: 10, end: 20 }, undefined)).toBeFalse();
  expect(isLost({ start: 0, end: 20 }, 0)).toBeFalse();
  expect(isLost({ start: 10, end: 10 }, 10)).toBeFalse();
});
