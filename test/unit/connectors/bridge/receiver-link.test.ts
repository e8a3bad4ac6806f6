/** The sink side of the connector protocol, rule by rule: on connect. */
import { expect, test } from "bun:test";
import { COOKIE, say } from "../../../support/bridge-client.ts";
import { ACCEPTED, byHand, NAME, OK, uncommitted } from "../../../support/bridge-hand.ts";
import { settle } from "../../../support/connector-context.ts";

test("a sink says hello, names its stream and asks what is undecided, all at once", async () => {
  const { sent, network } = await byHand();
  const first = network.last.taken;
  expect(await sent()).toEqual([
    { type: "hello", version: "v0.0.1", cookie: COOKIE, program: "job", instance: "job.out.0" },
    { type: "notify", stream: 1n, name: NAME, pointOfRef: 0n },
    { type: "listUncommitted", tag: 1n },
  ]);
  expect(first.subarray(-40).toString("hex")).toBe(
    `0000002405${"00".repeat(24)}0000c90000000000000001`,
  );
});

test("no record is sent before the receiver has said all that it has to", async () => {
  const { writer, network, sent } = await byHand();
  await sent();
  const writing = writer.write(["a"]);
  writer.flush();
  for (const answer of [uncommitted(1), ACCEPTED]) {
    network.last.send(answer);
    expect(await sent()).toEqual([]);
  }
  network.last.send(OK);
  expect(await sent()).toEqual([{ id: 0n, eventTime: 0n, key: 0, text: "a" }]);
  await writing;
});

test("a receiver that grants fewer than 2 credits is left, and tried again", async () => {
  for (const credits of [0, 1]) {
    const { network, log, later } = await byHand();
    network.last.send(Buffer.concat([say.ok(credits), ACCEPTED, uncommitted(1)]));
    await settle();
    expect(network.last.isOpen).toBeFalse();
    expect(log.texts.join()).toContain(`it grants ${credits} credits: at least 2 are needed`);
    await later();
    expect(network.connections.length).toBeGreaterThan(1);
  }
});

test.each([
  ["an error", say.error("no such cookie"), "it says: no such cookie"],
  ["a refused stream", say.notifyAck(false, 1, 0), "it refuses our stream"],
  ["a restart", say.restart("elsewhere:1"), "it asks us to come again"],
  ["a hello", say.hello(), "it sends hello, which only a sink may send"],
  ["an end of stream", say.eos(1), "it sends eos, which only a sink may send"],
  ["plain text", Buffer.from("HTTP/1.1 400 Bad Request\r\n"), "it does not keep to the protocol"],
  ["a question", say.message(0, 0, "\u{c9}"), "it does not keep to the protocol"],
] as const)("%s instead of an answer: it is left, and tried again", async (_, bytes, why) => {
  const { network, log, later, writer, greet } = await byHand();
  network.last.send(bytes);
  await settle();
  expect(network.last.isOpen).toBeFalse();
  expect(log.texts.join()).toContain(why);
  await later(1_000);
  await greet(2);
  await writer.write(["a"]);
  expect(writer.stats!()["connected"]).toBe("yes");
});

test("a receiver that never answers the hello is left", async () => {
  const { network, later, writer, clock } = await byHand({ patience: "30s" });
  void writer.write(["a"]);
  await later(5_000);
  expect(network.connections[0]!.isOpen).toBeFalse();
  clock.advance(1);
  expect(writer.stats!()).toMatchObject({ connected: "no" });
});
