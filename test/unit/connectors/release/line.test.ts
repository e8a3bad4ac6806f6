import { expect, test } from "bun:test";
import { ReleaseLine } from "../../../../src/connectors/release/line.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { releaseWorld } from "../../../support/release-world.ts";

const ADDRESS = { host: "127.0.0.1", port: 7_002 };

function batchOf(text: string) {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    read: async (start: number, end: number) => bytes.subarray(start, end),
  };
}

test("batches leave one after the other, however slowly the receiver takes them", async () => {
  const { ctx, network, later } = releaseWorld();
  network.room = 0;
  const line = new ReleaseLine(ADDRESS, ctx());
  const sent = Promise.all([line.send(batchOf("one,"), undefined), line.send(batchOf("two"), 99)]);
  await later();
  for (let i = 0; i < 7; i++) {
    expect(line.leftBytes).toBe(i < 4 ? 4 - i : 7 - i);
    network.last.drain(1);
    await later();
  }
  await sent;
  expect(network.last.taken.toString()).toBe("one,two");
  expect(line.leftBytes).toBe(0);
});

test("closing tells who waits, and lets what was taken arrive", async () => {
  const { ctx, network, later } = releaseWorld();
  const line = new ReleaseLine(ADDRESS, ctx());
  const first = line.send(batchOf("all"), undefined);
  await later();
  await first;
  network.last.room = 2;
  const second = codeOf(line.send(batchOf("some"), undefined));
  await later();
  line.close();
  expect(await second).toBe("sink_closed");
  expect(network.last.isOpen).toBe(false);
});

test("bytes that are cut short where they were kept are no batch", async () => {
  const { ctx, later } = releaseWorld();
  const line = new ReleaseLine(ADDRESS, ctx());
  const sending = codeOf(line.send({ ...batchOf("short"), size: 9 }, undefined));
  await later();
  expect(await sending).toBe("staging_damaged");
});
