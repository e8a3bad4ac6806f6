/** The buffer before a writer: one call at a time, barriers between records, credit. */
import { expect, test } from "bun:test";
import { SINK_RECORDS_MAX } from "../../../src/model/limits.ts";
import type { SinkWriter } from "../../../src/model/sink.ts";
import { TaskControl } from "../../../src/operators/control.ts";
import { SinkBuffer } from "../../../src/operators/sink-buffer.ts";
import { settle } from "../../support/connector-context.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A writer whose calls are noted, and wait for the test when it is slow. */
function make(given: { isSlow?: boolean; failWrite?: boolean } = {}) {
  const calls: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const later = (): Promise<void> => {
    const one = Promise.withResolvers<void>();
    waiting.push(one);
    return one.promise;
  };
  const writer: SinkWriter<unknown> = {
    write: (records) => {
      if (given.failWrite === true) throw new Error("the disk is full");
      calls.push(`write ${records.join("")}`);
      return given.isSlow === true ? later() : undefined;
    },
    flush: () => void calls.push("flush"),
    prepare: async (epoch) => {
      calls.push(`prepare ${epoch}`);
      if (given.isSlow === true) await later();
      return epoch;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const control = new TaskControl(new FakeClock());
  const errors: unknown[] = [];
  const buffer = new SinkBuffer({
    name: "out",
    control,
    writer,
    committer: undefined,
    fail: (error) => errors.push(error),
  });
  const push = (text: string): void => [...text].forEach((record) => buffer.push(record));
  const letOne = async (): Promise<void> => {
    waiting.shift()?.resolve();
    await settle();
  };
  return { buffer, control, calls, errors, push, waiting, letOne };
}

test("a turn's records are one write and one flush", () => {
  const { buffer, push, calls } = make();
  push("abc");
  expect(calls).toEqual([]);
  buffer.flush();
  buffer.flush();
  expect(calls).toEqual(["write abc", "flush"]);
});

test("records before a barrier are written before a prepare, later ones after", async () => {
  const { buffer, push, calls, letOne } = make({ isSlow: true });
  push("a");
  buffer.flush();
  push("b");
  const preparing = buffer.prepare(7);
  push("c");
  buffer.flush();
  expect(calls).toEqual(["write a"]);
  expect(buffer.isPreparing).toBe(true);
  await letOne();
  expect(calls).toEqual(["write a", "write b"]);
  push("d");
  await letOne();
  expect(calls).toEqual(["write a", "write b", "prepare 7"]);
  await letOne();
  expect(await preparing).toBe(7);
  expect(calls.slice(3)).toEqual(["write cd"]);
  await letOne();
  expect(calls.slice(4)).toEqual(["flush"]);
  expect(buffer.records).toBe(4);
  expect([buffer.pending, buffer.isPrepared]).toEqual([0, false]);
});

test("a writer that is quick prepares at once", async () => {
  const { buffer, push, calls } = make();
  push("ab");
  const preparing = buffer.prepare(1);
  expect(calls).toEqual(["write ab", "prepare 1"]);
  expect(await preparing).toBe(1);
  expect(buffer.isPrepared).toBe(true);
});

test("a slow writer blocks the task at the limit, also over a barrier, and frees it", async () => {
  const { buffer, control, letOne, calls } = make({ isSlow: true });
  for (let i = 0; i < 700; i++) buffer.push(1);
  void buffer.prepare(1);
  let pushed = 700;
  for (; !control.isBlocked; pushed++) buffer.push(1);
  expect(buffer.isBlocked).toBe(true);
  expect(buffer.pending).toBeLessThanOrEqual(SINK_RECORDS_MAX + 512);
  while (buffer.pending > 0) await letOne();
  expect([buffer.isBlocked, control.stop]).toEqual([false, false]);
  const written = calls.filter((call) => call.startsWith("write")).join("");
  expect(written.split("1").length - 1).toBe(pushed);
});

test("a write that fails names the sink; a barrier that waits for it fails, too", async () => {
  const { buffer, push } = make({ failWrite: true });
  push("a");
  expect(() => buffer.flush()).toThrow('sink "out": the disk is full');

  const slow = make({ isSlow: true });
  slow.push("a");
  slow.buffer.flush();
  const preparing = slow.buffer.prepare(1);
  slow.waiting.shift()!.reject(new Error("the disk is gone"));
  await expect(preparing).rejects.toThrow('sink "out": the disk is gone');
  expect(String(slow.errors[0])).toContain('sink "out": the disk is gone');
  slow.push("b");
  slow.buffer.flush();
  expect(slow.calls).toEqual(["write a"]);
});
