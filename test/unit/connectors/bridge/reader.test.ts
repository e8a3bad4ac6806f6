/** The source side of the connector protocol, rule by rule: what is durable, ends, failures. */
import { expect, test } from "bun:test";
import { SplitInput } from "../../../../src/io/split-input.ts";
import { NEVER, say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";
import { settle } from "../../../support/connector-context.ts";

// Rule 6: checkpoints.

test("a complete checkpoint acknowledges each open stream, and gives credits", async () => {
  const { client, checkpoint, read, reader } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.notify(2), say.notify(3));
  await one.send(say.message(1, 10, "a"), say.message(2, 7, "b"), say.message(1, 20, "c"));
  await checkpoint();
  expect(await one.heard()).toEqual(["ack 6 1:20 2:7"]);
  await one.send(say.message(2, 8, "d"));
  const between = read.next!;
  await one.send(say.message(2, 9, "e"));
  await reader.acknowledge(between);
  expect(await one.heard()).toEqual(["ack 2 1:20 2:8"]);
});

test("only what is durable is told, whatever was read since", async () => {
  const { client, reader, read } = await reading({}, { "1": "3" });
  const one = await client();
  await one.send(say.notify(1), say.message(1, 4, "x"));
  await reader.acknowledge({ "1": "3" });
  expect(await one.heard()).toEqual(["ack 2 1:3"]);
  one.connection.leave();
  expect(await (await client()).send(say.notify(1))).toEqual(["notify_ack yes 1 3"]);
  expect(read.values).toEqual(["x"]);
});

test("an acknowledgement that would say nothing is not sent", async () => {
  const { client, checkpoint, reader, read } = await reading();
  const [busy, idle] = [await client(), await client()];
  await busy.send(say.notify(1), say.message(1, 1, "a"));
  await checkpoint();
  expect(await busy.heard()).toEqual(["ack 2 1:1"]);
  expect(await idle.heard()).toEqual([]);
  // It has a stream to tell of, and no credits to give: that is something.
  await reader.acknowledge(read.next!);
  expect(await busy.heard()).toEqual(["ack 0 1:1"]);
});

// Rule 7: EOS.

test("a stream ends when a checkpoint holds all of it, and is remembered", async () => {
  const { client, checkpoint, reader } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 30, "a"));
  expect(await one.send(say.eos(1))).toEqual([]);
  await checkpoint();
  expect(await one.heard()).toEqual(["ack 3 1:30"]);
  await reader.acknowledge({ "1": "30" });
  expect(await one.heard()).toEqual([]);
  expect(await one.send(say.notify(1))).toEqual(["notify_ack yes 1 30"]);
});

test("the end of a stream is acknowledged at once when all of it is durable", async () => {
  const { client, checkpoint } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 30, "a"));
  await checkpoint();
  await one.heard();
  expect(await one.send(say.eos(1))).toEqual(["ack 1 1:30"]);
});

test("the end of a stream without messages is acknowledged with 0", async () => {
  const { client } = await reading();
  const one = await client();
  await one.send(say.notify(1));
  expect(await one.send(say.eos(1))).toEqual(["ack 2 1:0"]);
});

test("the end of a stream is acknowledged with the very last id that it sent", async () => {
  const { client, reader, checkpoint } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 30, "a"), say.message(1, 31, "b"), say.eos(1));
  // A checkpoint that was begun before.
  await reader.acknowledge({ "1": "30" });
  expect(await one.heard()).toEqual(["ack 4 1:30"]);
  await checkpoint();
  expect(await one.heard()).toEqual(["ack 0 1:31"]);
});

test("nothing may follow the end of a stream", async () => {
  const { client } = await reading();
  const [one, other] = [await client(), await client()];
  await one.send(say.notify(1), say.message(1, 1, "a"), say.eos(1));
  expect(await one.send(say.message(1, 2, "b"))).toEqual([
    "error Bad/unregistered stream_id 1 with message_id 2",
  ]);
  expect(await other.send(say.eos(5))).toEqual([
    "error Bad/unregistered stream_id 5 with end of stream",
  ]);
});

// Rules 8 and 9: RESTART.

test("when the job begins anew, producers are told to come again, and where", async () => {
  const { client, dial, reader, read } = await reading();
  const one = await client();
  const stranger = dial();
  await one.send(say.notify(1), say.message(1, 1, "a"));
  await reader[Symbol.asyncDispose]();
  expect(await one.heard()).toEqual(["restart 127.0.0.1:7777"]);
  expect(one.connection.isEnded).toBeTrue();
  expect(await stranger.heard()).toEqual([]);
  expect(stranger.isOpen).toBeFalse();
  expect(read.end).toBe("finished");
});

test("producers are told another address where the app says one", async () => {
  const { client, reader } = await reading({ advertise: "ingest.example:7100" });
  const one = await client();
  await reader[Symbol.asyncDispose]();
  expect(await one.heard()).toEqual(["restart ingest.example:7100"]);
});

test("frames that arrive while the job begins anew are ignored", async () => {
  const { client, reader, read } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "a"));
  const batches = reader.read()[Symbol.asyncIterator]();
  await batches.return!();
  one.connection.isPaused = false;
  expect(await one.send(say.message(1, 2, "b"), say.notify(2))).toEqual([]);
  expect(read.values).toEqual(["a"]);
});

test("after a failure each stream goes on behind the checkpoint, once", async () => {
  const before = await reading();
  const one = await before.client();
  await one.send(say.notify(1), say.message(1, 1, "a"), say.message(1, 2, "b"));
  const kept = JSON.parse(JSON.stringify(before.read.next));
  await one.send(say.message(1, 3, "lost with the state"));
  await before.reader[Symbol.asyncDispose]();
  const after = await reading({}, kept);
  const again = await after.client();
  expect(await again.send(say.notify(1, "stream 1", 3))).toEqual(["notify_ack yes 1 2"]);
  await again.send(...[1, 2, 3, 4].map((id) => say.message(1, id, `m${id}`)));
  expect(after.read.values).toEqual(["m3", "m4"]);
});

// Rule 10: a connection that is lost.

test("a connection that is lost gives its streams up; what comes again is dropped", async () => {
  const { client, read, checkpoint } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "a"));
  await checkpoint();
  await one.send(say.message(1, 2, "b"));
  one.connection.leave(new Error("reset"));
  const again = await client();
  expect(await again.send(say.notify(1))).toEqual(["notify_ack yes 1 1"]);
  await again.send(say.message(1, 2, "b"), say.message(1, 3, "c"));
  expect(read.values).toEqual(["a", "b", "c"]);
});

test("messages that were not taken when the connection was lost come again", async () => {
  const { client, reader, source } = await listening();
  const one = await client();
  one.connection.send(Buffer.concat([say.notify(1), say.message(1, 1, "a")]));
  one.connection.leave();
  await settle();
  const batches = reader.read()[Symbol.asyncIterator]();
  const pending = batches.next();
  const again = await client();
  expect(await again.send(say.notify(1), say.message(1, 1, "a"))).toEqual([
    `notify_ack yes 1 ${NEVER}`,
  ]);
  expect((await pending).value.count).toBe(1);
  expect(source.replays).toBeTrue();
});

test("at a barrier the position is behind what was processed, wherever it falls", async () => {
  const { client, reader } = await listening({}, { "1": "1" });
  const input = new SplitInput("listener", reader, () => undefined, String, { "1": "1" });
  const one = await client();
  expect(input.position()).toEqual({ "1": "1" });
  input.ask();
  await one.send(say.notify(1), say.notify(2), say.message(1, 2, "a"), say.message(2, 5, "b"));
  const seen: unknown[] = [];
  for (; input.at < input.batch!.count; input.at++) seen.push(input.position());
  seen.push(input.position());
  input.finishBatch();
  seen.push(input.position());
  await one.send(say.message(2, 6, "c"));
  seen.push(input.position());
  expect(seen).toEqual([
    { "1": "1" },
    { "1": "2" },
    { "1": "2", "2": "5" },
    { "1": "2", "2": "5" },
    { "1": "2", "2": "5" },
  ]);
  await input.stop();
});
