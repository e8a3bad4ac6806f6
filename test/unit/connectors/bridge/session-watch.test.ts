import { expect, test } from "bun:test";
import { HANDSHAKE_MS } from "../../../../src/model/limits.ts";
import { say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";
import { settle } from "../../../support/connector-context.ts";

test("who does not say hello in time is closed, others stay", async () => {
  const { dial, client, clock, reader } = await reading();
  const good = await client();
  const silent = dial();
  const begun = dial();
  begun.connection.send(say.hello().subarray(0, 7));
  clock.advance(HANDSHAKE_MS / 2);
  await settle();
  expect(silent.isOpen).toBeTrue();
  clock.advance(HANDSHAKE_MS);
  await settle();
  expect([silent.isOpen, begun.isOpen, good.isOpen]).toEqual([false, false, true]);
  expect(reader.stats!()["refused.slowHandshakes"]).toBe(2);
});

test("a frame that stays unfinished closes its producer; one that is idle stays", async () => {
  const { client, clock, reader } = await reading({ idle: "10s" });
  const [slow, idle] = [await client(), await client()];
  await slow.send(say.notify(1), say.message(1, 1, "abc").subarray(0, 20));
  clock.advance(5_000);
  await slow.send(say.message(1, 1, "abc").subarray(20));
  await slow.send(say.message(1, 2, "abc").subarray(0, 3));
  clock.advance(7_000);
  expect(slow.isOpen).toBeTrue();
  clock.advance(6_000);
  await settle();
  expect([slow.isOpen, idle.isOpen]).toEqual([false, true]);
  expect(reader.stats!()["refused.slowFrames"]).toBe(1);
});

test("time in which the pipeline takes nothing is no slowness of a producer", async () => {
  const { client, clock, reader } = await listening({ idle: "10s" });
  const one = await client();
  const bytes = Buffer.concat([say.notify(1), say.message(1, 1, "a"), say.message(1, 2, "b")]);
  one.connection.send(bytes.subarray(0, bytes.length - 1));
  clock.advance(60_000);
  await settle();
  expect(one.isOpen).toBeTrue();
  const batches = reader.read()[Symbol.asyncIterator]();
  await batches.next();
  const next = batches.next();
  await settle();
  clock.advance(9_000);
  one.connection.send(bytes.subarray(bytes.length - 1));
  expect((await next).value.count).toBe(1);
});
