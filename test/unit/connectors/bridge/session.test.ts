/** The source side of the connector protocol, rule by rule: handshake, credits, states. */
import { expect, test } from "bun:test";
import { NEVER, say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";

// Rule 1: HELLO.

test("a producer says hello and gets credits", async () => {
  const { dial } = await reading({ maxCredits: 500 });
  expect(await dial().send(say.hello())).toEqual(["ok 500"]);
});

test("a hello is answered also while the pipeline takes nothing", async () => {
  const { dial } = await listening();
  expect(await dial().send(say.hello())).toEqual(["ok 1000"]);
});

test("another version is refused", async () => {
  const { dial, reader } = await reading();
  const client = dial();
  expect(await client.send(say.hello(undefined, "v0.0.1"))).toEqual([
    "error Unknown protocol version: v0.0.1",
  ]);
  expect(client.isOpen).toBeFalse();
  expect(reader.stats!()).toMatchObject({ connections: 0, "refused.versions": 1 });
});

test("a wrong cookie is refused, and the answer does not tell the right one", async () => {
  const { dial, log } = await reading({ cookie: "the secret" });
  for (const cookie of ["", "the secre", "the secret2", "THE SECRET", "x".repeat(9_000)]) {
    const client = dial();
    const [answer] = await client.send(say.hello(cookie));
    // A hello may be too long before anybody looks at its cookie.
    expect(answer).toMatch(/^error (Bad cookie: |a hello of more than)/);
    expect(answer).not.toContain("the secret,");
    expect(answer!.replaceAll(cookie, "")).not.toContain("the secret");
    expect(client.isOpen).toBeFalse();
  }
  expect(log.texts.join()).not.toContain("the secret");
});

test("a frame before the hello, and a second hello, are refused", async () => {
  const { dial, client } = await reading();
  const early = dial();
  expect(await early.send(say.notify(1))).toEqual([
    "error Bad protocol FSM state: notify before hello",
  ]);
  expect(early.isOpen).toBeFalse();
  const message = dial();
  expect(await message.send(say.message(1, 1, "x"))).toEqual([
    "error Bad protocol FSM state: message before hello",
  ]);
  const twice = await client();
  expect(await twice.send(say.hello())).toEqual(["error Bad protocol FSM state: a second hello"]);
  expect(twice.isOpen).toBeFalse();
});

// Rule 2: OK.

test("the answer to a hello leaves in one write: old clients read it with one call", async () => {
  const { dial } = await reading();
  const client = dial();
  const writes: number[] = [];
  const { connection } = client;
  const write = connection.write.bind(connection);
  connection.write = (bytes, start, end) => {
    writes.push(end - start);
    return write(bytes, start, end);
  };
  await client.send(say.hello());
  expect(writes).toEqual([9]);
});

// Rule 5: credits.

test("credits are refilled when no more than the refill mark is left", async () => {
  const { client } = await reading({ maxCredits: 10, refillCredits: 6 });
  const one = await client();
  await one.send(say.notify(1)); // 9 left
  expect(await one.send(say.message(1, 1, "a"), say.message(1, 2, "b"))).toEqual([]); // 7 left
  expect(await one.send(say.message(1, 3, "c"))).toEqual(["ack 4"]); // 6 left
  expect(await one.send(say.message(1, 4, "d"))).toEqual([]);
});

test("every frame after the hello counts: notify, message, repeat and end of stream", async () => {
  const { client } = await reading({ maxCredits: 4, refillCredits: 0 });
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "a"), say.message(1, 1, "a"));
  expect(await one.send(say.eos(1))).toEqual(["ack 4"]);
});

test("a pipeline that takes nothing grants nothing", async () => {
  const { client, reader } = await listening({ maxCredits: 2, refillCredits: 1 });
  const one = await client();
  one.connection.send(Buffer.concat([say.notify(1), say.message(1, 1, "a")]));
  expect(await one.heard()).toEqual([]);
  expect(one.connection.isPaused).toBeTrue();
  await reader.read()[Symbol.asyncIterator]().next();
  expect(await one.heard()).toEqual([`notify_ack yes 1 ${NEVER}`, "ack 2"]);
});

// Rule 11: frames that only a source may send.

test.each([
  ["ok", say.ok(5)],
  ["notify_ack", say.notifyAck(true, 1, 1)],
  ["ack", say.ack(1, [1, 1])],
  ["restart", say.restart("a:1")],
] as const)("%s from a producer is refused", async (name, bytes) => {
  const { client, reader } = await reading();
  const one = await client();
  expect(await one.send(bytes)).toEqual([`error Invalid message: ${name}`]);
  expect(one.isOpen).toBeFalse();
  expect(reader.stats!()["refused.outOfState"]).toBe(1);
});

test("an error from a producer closes it", async () => {
  const { client, log } = await reading();
  const one = await client();
  await one.send(say.error("I give up"));
  expect(one.isOpen).toBeFalse();
  expect(log.texts.join()).toContain("I give up");
});
