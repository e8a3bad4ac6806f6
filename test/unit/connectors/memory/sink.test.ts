import { expect, test } from "bun:test";
import { memory } from "../../../../src/connectors/memory/mod.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { testSinkContract } from "../../../support/sink-contract.ts";

testSinkContract("memory.sink", async () => {
  const { sink, committed } = memory.sink<number>();
  const ctx = testWorld().sink();
  return { sink, ctx, record: (i: number) => i, visible: async () => [...committed] };
});

test("a slow memory sink makes the writer wait", async () => {
  let release = () => {};
  const delay = () => new Promise<void>((resolve) => (release = resolve));
  const { sink, records } = memory.sink<number>({ delay });
  const writer = await sink.open(testWorld().sink());
  let isTaken = false;
  const writing = Promise.resolve(writer.write([1, 2])).then(() => (isTaken = true));
  await settle();
  expect([isTaken, records]).toEqual([false, [1, 2]]);
  release();
  await writing;
  expect(isTaken).toBe(true);
});

test("a committed transaction cannot be taken back, nor the other way round", async () => {
  const { sink } = memory.sink<number>();
  const ctx = testWorld().sink();
  const writer = await sink.open(ctx);
  const committer = await sink.committer!(ctx);
  await writer.write([1]);
  const first = (await writer.prepare(1))!;
  await writer.write([2]);
  const second = (await writer.prepare(2))!;
  await committer.commit(first);
  await committer.abort(second);
  expect(await codeOf(committer.abort(first))).toBe("committed");
  expect(await codeOf(committer.commit(second))).toBe("aborted");
  expect(await codeOf(committer.commit({ transaction: 9, records: 1 }))).toBe("bad_transaction");
});
