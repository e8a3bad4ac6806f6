import { expect, test } from "bun:test";
import { Deliveries } from "../../../../src/connectors/bridge/deliveries.ts";
import { sinkWorld } from "../../../support/bridge-sink.ts";
import { COOKIE } from "../../../support/bridge-client.ts";
import { settle } from "../../../support/connector-context.ts";

const settingsOf = (instance: string, port = 7200) => ({
  address: { host: "127.0.0.1", port },
  intro: { cookie: COOKIE, program: "job", instance, stream: `job-w-${instance}-id-0` },
});

test("all who ask for one instance share a connection, which the last closes", async () => {
  const { network, receiver, ctx } = sinkWorld();
  const table = Deliveries.of(network);
  const one = table.take(settingsOf("a"), ctx());
  expect(table.take(settingsOf("a"), ctx())).toBe(one);
  const other = table.take(settingsOf("b"), ctx());
  expect(other).not.toBe(one);
  one.wake();
  other.wake();
  await settle();
  expect([...receiver.active.keys()]).toEqual(["a", "b"]);
  table.release(settingsOf("a"));
  await settle();
  expect([...receiver.active.keys()]).toEqual(["a", "b"]);
  table.release(settingsOf("a"));
  await settle();
  expect([...receiver.active.keys()]).toEqual(["b"]);
});

test("where committed bytes end is remembered over a close, for each receiver", async () => {
  const { network, ctx } = sinkWorld();
  const table = Deliveries.of(network);
  const one = table.take(settingsOf("a"), ctx());
  one.base = 70;
  table.release(settingsOf("a"));
  expect(table.take(settingsOf("a"), ctx()).base).toBe(70);
  expect(table.take(settingsOf("a", 7201), ctx()).base).toBeUndefined();
});

test("another network is another process", () => {
  expect(Deliveries.of(sinkWorld().network)).not.toBe(Deliveries.of(sinkWorld().network));
});
