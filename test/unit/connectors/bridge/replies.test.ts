import { expect, test } from "bun:test";
import { say } from "../../../support/bridge-client.ts";
import { reading } from "../../../support/bridge-source.ts";
import { settle } from "../../../support/connector-context.ts";

test("a producer that reads no replies is closed at a bound", async () => {
  const { client, reader } = await reading({ maxCredits: 1, refillCredits: 0 });
  const one = await client();
  await one.send(say.notify(1));
  one.connection.room = 0;
  for (let id = 1; one.isOpen && id < 2_000_000; id += 1_000) {
    const messages = Array.from({ length: 1_000 }, (_, i) => say.notify(1, "x".repeat(i % 3)));
    one.connection.send(Buffer.concat(messages));
    await settle();
  }
  expect(one.isOpen).toBeFalse();
  expect(reader.stats!()["refused.slowReaders"]).toBe(1);
});

test("replies that the kernel did not take at once arrive whole and in order", async () => {
  const { client, checkpoint } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "a"));
  one.connection.room = 3;
  await checkpoint();
  expect((await one.heard()).join()).toContain("and 3 bytes");
  for (let i = 0; i < 40; i++) one.connection.drain(1);
  one.connection.drain();
  expect(await one.heard()).toEqual(["ack 2 1:1"]);
});
