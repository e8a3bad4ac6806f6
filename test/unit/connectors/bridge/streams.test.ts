/** The source side of the connector protocol, rule by rule: whose streams are. */
import { expect, test } from "bun:test";
import { NEVER, say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";
import { codeOf } from "../../../support/connector-context.ts";

// Rule 3: NOTIFY.

test("a stream of which nothing is durable begins at its start", async () => {
  const { client } = await reading();
  expect(await (await client()).send(say.notify(7))).toEqual([`notify_ack yes 7 ${NEVER}`]);
});

test("a stream is told the last of its messages that is durable", async () => {
  const { client } = await reading({}, { "7": "120", "18446744073709551615": "0" });
  const one = await client();
  expect(await one.send(say.notify(7), say.notify(2n ** 64n - 1n))).toEqual([
    "notify_ack yes 7 120",
    `notify_ack yes ${NEVER} 0`,
  ]);
});

test("a stream that another connection sends is refused until that one is gone", async () => {
  const { client, log, reader } = await reading();
  const first = await client();
  const second = await client();
  await first.send(say.notify(7));
  expect(await second.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  expect(second.isOpen).toBeTrue();
  expect(log.texts.join()).toContain("stream refused: another producer sends it");
  expect(reader.stats!()["refused.streams"]).toBe(1);
  first.connection.leave();
  // Clients ask again when an ACK arrives.
  expect(await second.heard()).toEqual(["ack 1"]);
  expect(await second.send(say.notify(7))).toEqual([`notify_ack yes 7 ${NEVER}`]);
});

test("a stream that this connection sends already is refused, and goes on", async () => {
  const { client, log, read } = await reading();
  const one = await client();
  await one.send(say.notify(7));
  expect(await one.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  expect(log.texts.at(-1)).toContain("stream refused: this connection sends it already");
  await one.send(say.message(7, 1, "still mine"));
  expect(read.values).toEqual(["still mine"]);
  await one.send(say.eos(7));
  expect(await one.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  expect(log.texts.at(-1)).toContain("this connection has ended it");
});

test("a stream that ends just now is refused until it has ended", async () => {
  const { client, checkpoint } = await reading();
  const [first, second] = [await client(), await client()];
  await first.send(say.notify(7), say.message(7, 5, "last"), say.eos(7));
  expect(await second.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  await checkpoint();
  expect(await second.heard()).toEqual(["ack 1"]);
  expect(await second.send(say.notify(7))).toEqual(["notify_ack yes 7 5"]);
});

test("a refused producer hears an ACK with the next checkpoint, and so asks again", async () => {
  const { client, checkpoint } = await reading();
  const [first, second] = [await client(), await client()];
  await first.send(say.notify(7), say.message(7, 1, "x"));
  await second.send(say.notify(7));
  await checkpoint();
  expect(await second.heard()).toEqual(["ack 1"]);
});

// Rule 12: streams are exclusive, and known over restarts.

test("what was read of a stream is in the position, also after it ended", async () => {
  const { client, read, checkpoint } = await reading({}, { "5": "50" });
  const one = await client();
  await one.send(say.notify(1), say.notify(2), say.message(1, 10, "a"), say.eos(1));
  await checkpoint();
  await one.send(say.message(2, 1, "b"));
  expect(read.next).toEqual({ "5": "50", "1": "10", "2": "1" });
});

test("a position inside a batch says how far each stream was read before that record", async () => {
  const { client, read } = await reading({}, { "1": "1" });
  const one = await client();
  await one.send(
    say.notify(1),
    say.notify(2),
    say.message(1, 2, "a"),
    say.message(2, 5, "b"),
    say.message(1, 3, "c"),
  );
  expect(read.records.map(({ position }) => position)).toEqual([
    { "1": "1" },
    { "1": "2" },
    { "1": "2", "2": "5" },
  ]);
});

test("a position that is none of this source is refused", async () => {
  for (const position of [5, "x", { a: "1" }, { "1": 1 }, { "1": "-1" }, { "1": `1${NEVER}` }]) {
    expect(await codeOf(listening({}, position))).toBe("bad_position");
  }
});
