/** Both sides of the connector protocol under bytes that are cut anywhere, or are none of it. */
import { expect, test } from "bun:test";
import { Prng } from "../../src/base/prng.ts";
import { say } from "../support/bridge-client.ts";
import { ACCEPTED, byHand, OK, reply, uncommitted } from "../support/bridge-hand.ts";
import { reading } from "../support/bridge-source.ts";
import { settle } from "../support/connector-context.ts";
import { GOLDEN_FRAMES } from "../support/bridge-golden.ts";
import { mutate } from "../support/mutate.ts";

const SEED = 20_27;

const TALK = Buffer.concat([
  say.hello(),
  say.notify(1),
  say.message(1, 10, "a", "key"),
  say.message(1, 10, "again"),
  say.notify(2, "two", 5),
  say.message(2, 1, ""),
  say.message(1, 11, "bcd"),
  say.eos(1),
  say.message(2, 7, "e"),
]);

async function heardOf(chunks: readonly Buffer[]) {
  const { dial, read, checkpoint } = await reading();
  const client = dial();
  for (const chunk of chunks) {
    client.connection.send(chunk);
    if (client.connection.isPaused) await settle();
  }
  const answers = await client.heard();
  await checkpoint();
  return { answers, after: await client.heard(), values: read.values, next: read.next };
}

test("a producer is understood alike wherever its bytes are cut", async () => {
  const whole = await heardOf([TALK]);
  expect(whole.values).toEqual(["a", undefined as never, "bcd", "e"]);
  expect(whole.next).toEqual({ "1": "11", "2": "7" });
  for (let cut = 1; cut < TALK.length; cut++) {
    expect(await heardOf([TALK.subarray(0, cut), TALK.subarray(cut)])).toEqual(whole);
  }
  expect(await heardOf(Array.from(TALK, (byte) => Buffer.of(byte)))).toEqual(whole);
});

test("a receiver is understood alike wherever its bytes are cut", async () => {
  const transaction = "job-w-job.out.0-id-0:g=1:at=0-3:c_id=1";
  const greeting = Buffer.concat([OK, ACCEPTED, uncommitted(1)]);
  const vote = reply(transaction, true);
  for (let cut = 0; cut <= greeting.length; cut++) {
    const { writer, network } = await byHand();
    const tell = (bytes: Buffer): void => {
      const at = Math.min(cut, bytes.length);
      for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) {
        if (part.length > 0) network.last.send(part);
      }
    };
    tell(greeting);
    await writer.write(["abc"]);
    const preparing = writer.prepare(1);
    await settle();
    tell(vote);
    expect(await preparing).toEqual({ transaction });
  }
});

test(`producers that send anything harm nobody else (seed ${SEED})`, async () => {
  const prng = new Prng(SEED);
  const samples = [...GOLDEN_FRAMES.map(({ bytes }) => bytes), TALK, say.hello()];
  const { dial, client, read, reader } = await reading({ maxRecordBytes: 10_000 });
  const good = await client();
  await good.send(say.notify(99));
  for (let i = 0; i < 3_000; i++) {
    const bad = dial();
    if (prng.below(2) === 0) await bad.send(say.hello());
    for (let sends = 1 + prng.below(3); sends > 0 && bad.isOpen; sends--) {
      bad.connection.send(mutate(prng.pick(samples), prng.pick(samples), prng));
      if (bad.connection.isPaused) await settle();
    }
    if (i % 10 === 0) await good.send(say.message(99, i + 1, `good ${i}`));
    bad.connection.leave();
    await settle();
  }
  const mine = read.values.filter((text) => text?.startsWith("good "));
  expect(mine).toEqual(Array.from({ length: 300 }, (_, i) => `good ${i * 10}`));
  expect(good.isOpen).toBeTrue();
  expect(read.end).toBeUndefined();
  expect(reader.stats!()).toMatchObject({ connections: 1 });
});

test(`a receiver that sends anything is left, and tried again (seed ${SEED})`, async () => {
  const prng = new Prng(SEED);
  const samples = [
    OK,
    ACCEPTED,
    uncommitted(1),
    reply("t", true),
    ...GOLDEN_FRAMES.map((g) => g.bytes),
  ];
  const { network, writer, later, greet } = await byHand();
  let tries = 1;
  for (let i = 0; i < 300; i++) {
    while (!network.last.isOpen) await later(1_000);
    network.last.send(mutate(prng.pick(samples), prng.pick(samples), prng));
    // Also what is begun and never ends.
    await later(5_100);
    tries = network.connections.length;
  }
  expect(tries).toBeGreaterThan(100);
  // It still works with one that keeps to the protocol.
  network.last.leave();
  await later(5_000);
  // What a sink says at once ends with the tag of its question.
  await greet(Number(network.last.taken.readBigUInt64BE(network.last.taken.length - 8)));
  await writer.write(["a"]);
  expect(writer.stats!()["connected"]).toBe("yes");
});
