/** Streams of the connector protocol where several workers listen: whose they are, when they go. */
import { expect, test } from "bun:test";
import { joinPositions } from "../../../../src/connectors/bridge/streams.ts";
import { NEVER, say } from "../../../support/bridge-client.ts";
import { ClaimWorld } from "../../../support/claim-world.ts";

test("a producer hears yes when the coordinator has granted its stream", async () => {
  const world = await ClaimWorld.begin(2);
  const [first] = world.workers;
  const one = await first!.client();
  expect(await one.send(say.notify(7))).toEqual([]);
  // It is not its own yet.
  const other = await first!.client();
  expect(await other.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  await world.calm();
  expect(await one.heard()).toEqual([`notify_ack yes 7 ${NEVER}`]);
  await one.send(say.message(7, 1, "one"));
  expect(first!.values).toEqual(["one"]);
});

test("a message before the answer is one of a stream that is not announced", async () => {
  const world = await ClaimWorld.begin(2);
  const one = await world.workers[0]!.client();
  expect(await one.send(say.notify(7), say.message(7, 1, "early"))).toEqual([
    "error Bad/unregistered stream_id 7 with message_id 1",
  ]);
  await world.calm();
  // The grant that comes for nobody is given back.
  const next = await world.workers[1]!.client();
  await next.send(say.notify(7));
  await world.calm();
  expect(await next.heard()).toEqual([`notify_ack yes 7 ${NEVER}`]);
});

test("a stream that is open on another worker is refused, and said where it is", async () => {
  const world = await ClaimWorld.begin(2);
  const [first, second] = world.workers;
  const one = await first!.client();
  await one.send(say.notify(7));
  await world.calm();
  const two = await second!.client();
  await two.send(say.notify(7));
  await world.calm();
  expect(await two.heard()).toEqual([`notify_ack no 7 ${NEVER}`]);
  expect(two.isOpen).toBeTrue();
  const { log } = second!.reading;
  expect(log.texts.join()).toContain("stream refused: another producer sends it");
  expect(JSON.stringify(log.lines)).toContain("worker w-1");
  // Asked again it is refused without a word to the coordinator.
  expect(await two.send(say.notify(7))).toEqual([`notify_ack no 7 ${NEVER}`]);
  expect(second!.up).toEqual([]);
});

test("a stream goes to another worker when a checkpoint has all that was read of it", async () => {
  const world = await ClaimWorld.begin(2);
  const [first, second] = world.workers;
  const [one, two] = [await first!.client(), await second!.client()];
  await one.send(say.notify(7));
  await world.calm();
  await one.send(say.message(7, 1, "one"), say.message(7, 2, "two"));
  await two.send(say.notify(7));
  await world.calm();
  await two.heard();
  one.connection.leave();
  await world.calm();
  expect(await two.heard()).toEqual([]);
  await world.checkpoint();
  // Clients ask again when an ACK arrives.
  expect(await two.heard()).toEqual(["ack 1"]);
  await two.send(say.notify(7));
  await world.calm();
  expect(await two.heard()).toEqual(["notify_ack yes 7 2"]);
  await two.send(say.message(7, 2, "two again"), say.message(7, 3, "three"));
  expect(second!.values).toEqual(["three"]);
  const parts = await world.checkpoint();
  expect(parts).toEqual([{ "7": "2" }, { "7": "3" }]);
  expect(joinPositions(parts)).toEqual({ "7": "3" });
  expect(await two.heard()).toEqual(["ack 3 7:3"]);
});

test("a producer that comes back to its worker at once goes on at once", async () => {
  const world = await ClaimWorld.begin(2);
  const [first] = world.workers;
  const one = await first!.client();
  await one.send(say.notify(7));
  await world.calm();
  await one.send(say.message(7, 1, "one"));
  one.connection.leave();
  const again = await first!.client();
  expect(await again.send(say.notify(7))).toEqual([`notify_ack yes 7 ${NEVER}`]);
  await again.send(say.message(7, 1, "one"), say.message(7, 2, "two"));
  expect(first!.values).toEqual(["one", "two"]);
});

test("a generation begins with what all had read, and one tells of what rests", async () => {
  const world = await ClaimWorld.begin(3, [{ "7": "2", "8": "5" }, { "7": "4" }]);
  const [, second, third] = world.workers;
  const [two, three] = [await second!.client(), await third!.client()];
  await two.send(say.notify(7));
  await three.send(say.notify(8));
  await world.calm();
  expect(await two.heard()).toEqual(["notify_ack yes 7 4"]);
  expect(await three.heard()).toEqual(["notify_ack yes 8 5"]);
  await two.send(say.message(7, 9, "x"));
  expect(await world.checkpoint()).toEqual([{ "7": "4", "8": "5" }, { "7": "9" }, { "8": "5" }]);
});

test("a worker that leaves sends its producers to the others, each in turn", async () => {
  const world = await ClaimWorld.begin(3);
  const [first, ...others] = world.workers;
  const clients = [await first!.client(), await first!.client()];
  const ports = others.map(({ reading }) => reading.reader.addresses![0]!.port);
  expect(ports).toEqual([7102, 7103]);
  first!.claims.leave();
  await first!.reading.reader[Symbol.asyncDispose]();
  const told = [await clients[0]!.heard(), await clients[1]!.heard()].flat();
  expect(told).toEqual(["restart 127.0.0.1:7102", "restart 127.0.0.1:7103"]);
});

test("a worker that stays sends its producers to itself", async () => {
  const world = await ClaimWorld.begin(2);
  const [first] = world.workers;
  const one = await first!.client();
  await world.end();
  // The address at which it was reached.
  expect(await one.heard()).toEqual(["restart 127.0.0.1:7777"]);
});

test("streams are as many in all as one position holds", async () => {
  const known = Array.from({ length: 9_999 }, (_, i) => [String(i), "1"]);
  const world = await ClaimWorld.begin(2, [Object.fromEntries(known)]);
  const [first, second] = world.workers;
  const one = await first!.client();
  await one.send(say.notify(20_000));
  await world.calm();
  expect(await one.heard()).toEqual([`notify_ack yes 20000 ${NEVER}`]);
  const two = await second!.client();
  await two.send(say.notify(30_000));
  await world.calm();
  expect(await two.heard()).toEqual([
    "error Too many streams: 10000 are known, which is the limit",
  ]);
  const three = await second!.client();
  await three.send(say.notify(5));
  await world.calm();
  expect(await three.heard()).toEqual(["notify_ack yes 5 1"]);
});
