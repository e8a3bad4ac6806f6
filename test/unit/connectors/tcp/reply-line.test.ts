/** The way back on a connection, and the table that finds it. */
import { expect, test } from "bun:test";
import { Prng } from "../../../../src/base/prng.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { Origins } from "../../../../src/connectors/tcp/origins.ts";
import { SINK_BYTES_MAX } from "../../../../src/model/limits.ts";
import { frameWriter } from "../../../../src/transport/frame-writer.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { FakeConnection, FakeNetwork } from "../../../support/fake-network.ts";

const lines = frameWriter("lines");
const at = { host: "127.0.0.1", port: 1 };

function make(seed = 1) {
  const clock = new FakeClock();
  const connection = new FakeConnection(at, at);
  const context = { network: new FakeNetwork(), random: new Prng(seed), clock };
  const line = Origins.of(context).add(connection, clock, "w1");
  return { clock, connection, context, line, origins: Origins.of(context) };
}

test("whatever the kernel takes at a time, replies arrive whole and in order", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed);
    const { connection, line } = make();
    let expected = "";
    connection.room = 0;
    for (let i = 0; i < 200; i++) {
      const text = `${i}`.padEnd(prng.below(400), ".");
      line.add(lines, utf8, text);
      expected += `${text}\n`;
      if (prng.below(3) === 0) line.send();
      if (prng.below(4) === 0) {
        connection.room = prng.below(2_000);
        line.drained();
      }
    }
    connection.room = Number.POSITIVE_INFINITY;
    line.drained();
    if (connection.taken.toString() !== expected) throw new Error(`seed ${seed}`);
    expect(line.heldBytes).toBe(0);
  }
});

test("who waits for room is told at half of the bound, and when the connection is gone", () => {
  const { connection, line } = make();
  connection.room = 0;
  while (!line.isFull) line.add(lines, utf8, "x".repeat(99_999));
  line.send();
  let told = 0;
  line.onRoom(() => told++);
  connection.room = 100_000;
  line.drained();
  expect(told).toBe(0);
  connection.room = SINK_BYTES_MAX / 2;
  line.drained();
  expect(told).toBe(1);
  line.onRoom(() => told++);
  line.gone();
  expect([told, line.heldBytes, line.isGone]).toEqual([2, 0, true]);
});

test("a write to a closed connection makes the line gone", () => {
  const { connection, line } = make();
  connection.isOpen = false;
  line.add(lines, utf8, "x");
  line.send();
  expect(line.isGone).toBe(true);
});

test("the table is one for each network; its ids are not those of another one, or run", () => {
  const one = make(1);
  const two = make(2);
  expect(Origins.of(one.context)).toBe(one.origins);
  expect(one.line.from).not.toBe(two.line.from);
  expect(one.origins.find(one.line.from)).toBe(one.line);
  expect(one.origins.find(two.line.from)).toBeUndefined();
  one.origins.remove(one.line);
  expect(one.origins.find(one.line.from)).toBeUndefined();
  expect(one.line.isGone).toBe(true);
});
