import { expect, test } from "bun:test";
import { say } from "../../../support/bridge-client.ts";
import { reading } from "../../../support/bridge-source.ts";

test("more connections than allowed are refused, and told once in a while", async () => {
  const { dial, network, reader, log } = await reading({ connections: 2 });
  const first = dial();
  dial();
  for (let i = 0; i < 100; i++) expect(network.produce()).toBeUndefined();
  expect(reader.stats!()["refused.connections"]).toBe(100);
  expect(log.texts.length).toBeLessThan(25);
  first.connection.leave();
  expect(network.produce()).toBeDefined();
});

test("a thousand refusals in a second are counted, and told in a few lines", async () => {
  const { dial, reader, log } = await reading();
  for (let i = 0; i < 1_000; i++) await dial().send(say.hello("wrong"));
  expect(reader.stats!()["refused.cookies"]).toBe(1_000);
  expect(log.lines.length).toBeLessThanOrEqual(20);
});
