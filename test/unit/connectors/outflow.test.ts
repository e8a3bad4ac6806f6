import { expect, test } from "bun:test";
import { utf8 } from "../../../src/codec/utf8.ts";
import { Outflow } from "../../../src/connectors/outflow.ts";
import { codeOf, settle } from "../../support/connector-context.ts";

/** A target that takes one write at a time, when the test says so. */
function slowTarget() {
  const taken: string[] = [];
  let finish: ((error?: Error) => void) | undefined;
  return {
    taken,
    get isBusy() {
      return finish !== undefined;
    },
    finish(error?: Error) {
      const end = finish;
      finish = undefined;
      end?.(error);
    },
    write: (bytes: Uint8Array, start: number, end: number) =>
      new Promise<void>((resolve, reject) => {
        if (finish !== undefined) throw new Error("a second write before the first was done");
        finish = (error) => {
          // Late, so that bytes that are changed too early are found out.
          taken.push(Buffer.from(bytes.subarray(start, end)).toString());
          if (error === undefined) resolve();
          else reject(error);
        };
      }),
  };
}

const big = (letter: string) => letter.repeat(600_000);

test("a barrier holds all records before it and none after it", async () => {
  const target = slowTarget();
  const outflow = new Outflow("lines", utf8, target.write);
  await outflow.write(["a"]);
  const counts: number[] = [];
  const count = async () => void counts.push(outflow.records);
  const first = outflow.barrier(count);
  const later = outflow.write(["b"]);
  expect(later).toBeInstanceOf(Promise);
  const second = outflow.barrier(count);
  await settle();
  expect(counts).toEqual([]);
  target.finish();
  await first;
  await later;
  await settle();
  target.finish();
  await second;
  expect([target.taken, counts]).toEqual([
    ["a\n", "b\n"],
    [1, 2],
  ]);
});

test("a barrier waits for a write that is half taken", async () => {
  const target = slowTarget();
  const outflow = new Outflow("lines", utf8, target.write);
  const writing = outflow.write(["a", "b", "c", "d", "e"].map(big));
  let isDone = false;
  const barrier = outflow.barrier(async () => void (isDone = true));
  while (!isDone) {
    await settle();
    if (target.isBusy) target.finish();
  }
  await Promise.all([writing, barrier]);
  expect(target.taken.join("")).toBe(["a", "b", "c", "d", "e"].map((l) => `${big(l)}\n`).join(""));
  expect(outflow.records).toBe(5);
});

test("after a failure nothing is written any more, and every call tells it", async () => {
  const target = slowTarget();
  const outflow = new Outflow("lines", utf8, target.write);
  await outflow.write([big("a")]);
  const waiting = outflow.write(["b", "c", "d"].map(big));
  target.finish(Object.assign(new Error("no"), { code: "disk_full" }));
  expect(await codeOf(Promise.resolve(waiting))).toBe("disk_full");
  expect(await codeOf(Promise.resolve(outflow.write(["e"])))).toBe("disk_full");
  expect(await codeOf(outflow.barrier(async () => {}))).toBe("disk_full");
  outflow.flush();
  expect(target.taken.length).toBe(1);
});

test("a barrier that fails makes all later calls fail", async () => {
  const outflow = new Outflow("lines", utf8, () => undefined);
  const failing = () => Promise.reject(Object.assign(new Error("no"), { code: "disk" }));
  expect(await codeOf(outflow.barrier(failing))).toBe("disk");
  expect(await codeOf(Promise.resolve(outflow.write(["a"])))).toBe("disk");
});

test("a closed outflow waits for its write and rejects who waits", async () => {
  const target = slowTarget();
  const outflow = new Outflow("lines", utf8, target.write);
  const writing = Promise.resolve(outflow.write(["a", "b", "c", "d"].map(big)));
  const code = codeOf(writing);
  let isClosed = false;
  const closing = outflow.close().then(() => (isClosed = true));
  await settle();
  expect(isClosed).toBe(false);
  target.finish();
  await closing;
  expect(await code).toContain("closed");
  expect(target.taken.length).toBe(1);
});
