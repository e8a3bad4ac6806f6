import { expect, test } from "bun:test";
import { AckLine } from "../../../../src/connectors/tcp/ack-line.ts";
import { FakeNetwork, type FakeConnection } from "../../../support/fake-network.ts";

async function connected(): Promise<FakeConnection> {
  const network = new FakeNetwork();
  const none = () => undefined;
  await network.connect({ host: "x", port: 1 }, () => ({ data: none, drain: none, close: none }));
  return network.last;
}

/** All counts that were told, whole. */
function counts({ taken }: FakeConnection): number[] {
  expect(taken.length % 8).toBe(0);
  return Array.from({ length: taken.length / 8 }, (_, i) => Number(taken.readBigUInt64BE(i * 8)));
}

test("each count is told as eight bytes, big-endian", async () => {
  const connection = await connected();
  const acks = new AckLine(connection);
  acks.tell(1);
  acks.tell(2 ** 40);
  expect(counts(connection)).toEqual([1, 2 ** 40]);
  expect(acks.isTold).toBe(true);
});

test("who reads slowly is told the newest count, and no count in pieces of two", async () => {
  for (let room = 0; room < 8; room++) {
    const connection = await connected();
    connection.room = room;
    const acks = new AckLine(connection);
    for (const count of [1, 2, 3]) acks.tell(count);
    expect(acks.isTold).toBe(false);
    connection.room = Infinity;
    acks.drained();
    expect(counts(connection)).toEqual([1, 3]);
  }
});

test("a closed connection is told nothing", async () => {
  const connection = await connected();
  const acks = new AckLine(connection);
  connection.terminate();
  acks.tell(5);
  acks.tell(6);
  expect([connection.taken.length, acks.isTold]).toEqual([0, false]);
});
