import { expect, test } from "bun:test";
import { externalError } from "../../../../src/base/errors.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { stdout } from "../../../../src/connectors/stdio/mod.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";

test("records leave standard output when a turn is over, in order", async () => {
  const { stdio, sink } = testWorld();
  await using writer = await stdout({ encode: utf8 }).open(sink());
  await writer.write(["a", "ä"]);
  expect(stdio.text).toBe("");
  writer.flush();
  expect(stdio.text).toBe("a\nä\n");
  await writer.write(["b"]);
  expect(await writer.prepare(1)).toBeUndefined();
  expect(stdio.text).toBe("a\nä\nb\n");
});

test("a slow reader of standard output makes the writer wait, and loses nothing", async () => {
  const { stdio, sink } = testWorld();
  await using writer = await stdout({ encode: utf8 }).open(sink());
  const releases: (() => void)[] = [];
  stdio.onWrite = () => new Promise<void>((resolve) => releases.push(resolve));
  const record = "x".repeat(10_000);
  let waiting: void | Promise<void> = undefined;
  let count = 0;
  for (; waiting === undefined && count < 1000; count++) waiting = writer.write([record]);
  expect(count).toBeLessThan(120);
  await settle();
  expect(releases.length).toBe(1);
  stdio.onWrite = undefined;
  releases[0]!();
  await waiting;
  await writer.prepare(1);
  expect(stdio.text).toBe(`${record}\n`.repeat(count));
});

test("a reader that went away ends the writing with output_closed", async () => {
  for (const fail of [
    () => Promise.reject(externalError("output_closed", "closed")),
    () => {
      throw externalError("output_closed", "closed");
    },
  ]) {
    const { stdio, sink } = testWorld();
    await using writer = await stdout({ encode: utf8 }).open(sink());
    stdio.onWrite = fail;
    await writer.write(["a"]);
    writer.flush();
    await settle();
    expect(await codeOf(Promise.resolve(writer.write(["b"])))).toBe("output_closed");
    expect(await codeOf(writer.prepare(1))).toBe("output_closed");
  }
});
