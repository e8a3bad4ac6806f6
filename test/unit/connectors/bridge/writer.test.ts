/** The sink side of the connector protocol, rule by rule: what is sent, and when. */
import { expect, test } from "bun:test";
import type { SinkWriter } from "../../../../src/model/sink.ts";
import { say } from "../../../support/bridge-client.ts";
import { byHand, NAME, reply, uncommitted } from "../../../support/bridge-hand.ts";
import { codeOf, settle } from "../../../support/connector-context.ts";

test("ids of records are their places in the stream of bytes, without gaps", async () => {
  const { greet, writer, sent } = await byHand();
  await greet();
  await writer.write(["abc", "", "dé"]);
  await writer.write(["f"]);
  writer.flush();
  expect((await sent()).map((one) => (one as { id: bigint }).id)).toEqual([0n, 3n, 3n, 6n]);
});

// Two phases.

test("a transaction is asked for, committed, and the next one begins where it ended", async () => {
  const { greet, writer, sent, network, ctx, sink } = await byHand();
  await greet();
  await writer.write(["abc"]);
  const preparing = writer.prepare(41);
  const transaction = `${NAME}:g=1:at=0-3:c_id=41`;
  const where = [{ stream: 1n, start: 0n, end: 3n }];
  expect(await sent()).toEqual([
    { id: 0n, eventTime: 0n, key: 0, text: "abc" },
    { type: "phase1", transaction, where },
  ]);
  network.last.send(reply(transaction, true));
  const pending = await preparing;
  expect(pending).toEqual({ transaction });
  // Nothing may be sent between the phases.
  const writing = writer.write(["d"]);
  writer.flush();
  expect(await sent()).toEqual([]);
  const committing = (await sink.committer!(ctx)).commit(pending!);
  expect(await sent()).toEqual([
    { type: "phase2", transaction, isCommit: true },
    { type: "listUncommitted", tag: 2n },
  ]);
  network.last.send(uncommitted(2));
  await committing;
  await writing;
  void writer.prepare(45);
  expect(await sent()).toEqual([
    { id: 3n, eventTime: 0n, key: 0, text: "d" },
    {
      type: "phase1",
      transaction: `${NAME}:g=1:at=3-4:c_id=45`,
      where: [{ stream: 1n, start: 3n, end: 4n }],
    },
  ]);
});

test("after a no, ids go on where that transaction began", async () => {
  const { greet, writer, sent, network } = await byHand();
  await greet();
  await writer.write(["abc"]);
  const refused = codeOf(writer.prepare(41));
  const first = `${NAME}:g=1:at=0-3:c_id=41`;
  await sent();
  network.last.send(reply(first, false));
  expect(await sent()).toEqual([{ type: "phase2", transaction: first, isCommit: false }]);
  expect(await refused).toBe("sink_refused");
  await writer.write(["de"]);
  void writer.prepare(42);
  expect(await sent()).toEqual([
    { id: 0n, eventTime: 0n, key: 0, text: "de" },
    {
      type: "phase1",
      transaction: `${NAME}:g=1:at=0-2:c_id=42`,
      where: [{ stream: 1n, start: 0n, end: 2n }],
    },
  ]);
});

test("a yes that is taken back: ids go on where that transaction began as well", async () => {
  const { greet, writer, sent, network, ctx, sink } = await byHand();
  await greet();
  await writer.write(["abc"]);
  const preparing = writer.prepare(41);
  const transaction = `${NAME}:g=1:at=0-3:c_id=41`;
  await sent();
  network.last.send(reply(transaction, true));
  const aborting = (await sink.committer!(ctx)).abort((await preparing)!);
  expect(await sent()).toEqual([
    { type: "phase2", transaction, isCommit: false },
    { type: "listUncommitted", tag: 2n },
  ]);
  network.last.send(uncommitted(2));
  await aborting;
  await writer.write(["de"]);
  writer.flush();
  expect(await sent()).toEqual([{ id: 0n, eventTime: 0n, key: 0, text: "de" }]);
});

test("an epoch without records is not mentioned", async () => {
  const { greet, writer, sent } = await byHand();
  await greet();
  expect(await writer.prepare(1)).toBeUndefined();
  expect(await sent()).toEqual([]);
});

test("votes on other transactions, and votes that come twice, change nothing", async () => {
  const { greet, writer, network } = await byHand();
  await greet();
  await writer.write(["abc"]);
  const preparing = writer.prepare(1);
  await settle();
  network.last.send(reply("another", false));
  network.last.send(reply(`${NAME}:g=1:at=0-3:c_id=1`, true));
  network.last.send(reply(`${NAME}:g=1:at=0-3:c_id=1`, false));
  expect(await preparing).toEqual({ transaction: `${NAME}:g=1:at=0-3:c_id=1` });
});

test("credits that a receiver grants later do not matter: taking no bytes does", async () => {
  const { greet, writer, network, sent } = await byHand();
  await greet();
  network.last.room = 10;
  await writer.write(["abc"]);
  writer.flush();
  network.last.send(say.ack(5));
  expect(network.last.taken.length).toBeGreaterThan(0);
  network.last.drain();
  expect(await sent()).toEqual([{ id: 0n, eventTime: 0n, key: 0, text: "abc" }]);
});

test("a receiver that takes nothing makes writes wait, at a bound", async () => {
  const { greet, writer, network } = await byHand();
  await greet();
  network.last.room = 0;
  const record = "x".repeat(100_000);
  let taken = 0;
  let waiting: void | Promise<void> = undefined;
  while (waiting === undefined && taken < 100) {
    waiting = writer.write([record]);
    taken++;
  }
  expect(taken).toBeLessThan(12);
  expect(writer.stats!()["heldBytes"]).toBeLessThan(1_300_000);
  network.last.drain();
  await waiting;
});

test("a record that cannot be encoded names itself, and leaves no gap", async () => {
  const { greet, writer, sent } = await byHand({ frame: "lines" });
  await greet();
  expect(await codeOf(Promise.resolve(writer.write(["ok", "two\nlines"])))).toBe("cannot_encode");
  await writer.write(["ok"]);
  writer.flush();
  expect((await sent()).map((one) => (one as { id: bigint }).id)).toEqual([0n, 3n]);
});

test("a writer that is closed takes no more, and closes its connection", async () => {
  const { greet, writer, network } = await byHand();
  await greet();
  await writer.write(["a"]);
  await writer[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  await settle();
  expect(network.connections.every(({ isOpen }) => !isOpen)).toBeTrue();
  expect(await codeOf(Promise.resolve((writer as SinkWriter<string>).write(["b"])))).toBe(
    "sink_closed",
  );
});
