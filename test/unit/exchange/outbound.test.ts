import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Outbound } from "../../../src/exchange/outbound.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeConnection } from "../../support/fake-network.ts";

function connect() {
  const clock = new FakeClock();
  const address = { host: "h", port: 1 };
  const connection = new FakeConnection(address, address);
  let writes = 0;
  const write = connection.write.bind(connection);
  connection.write = (bytes, start, end) => {
    writes++;
    return write(bytes, start, end);
  };
  return { clock, connection, outbound: new Outbound(connection, clock), writes: () => writes };
}

const frame = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);

test("small frames of one turn leave in one write, at its end", () => {
  const { clock, connection, outbound, writes } = connect();
  for (let i = 0; i < 100; i++) outbound.put(frame(40, i));
  expect(writes()).toBe(0);
  clock.advance(0);
  expect(writes()).toBe(1);
  expect(connection.taken.length).toBe(4_000);
});

test("many bytes do not wait for the end of the turn", () => {
  const { connection, outbound } = connect();
  for (let i = 0; i < 7; i++) outbound.put(frame(10_000, i));
  expect(connection.taken.length).toBe(70_000);
});

test("frames leave whole and in order, whatever the connection takes", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constant(30_000)));
  fc.assert(
    fc.property(sizes, fc.array(fc.integer({ min: 0, max: 40_000 })), (sizes, rooms) => {
      const { clock, connection, outbound } = connect();
      const frames = sizes.map((size, i) => frame(size, i));
      connection.room = rooms[0] ?? 10;
      for (const each of frames) {
        outbound.put(each);
        if (each.length % 3 === 0) clock.advance(0);
      }
      clock.advance(0);
      for (const room of rooms) {
        connection.room = room;
        outbound.drained();
      }
      connection.room = Number.POSITIVE_INFINITY;
      outbound.drained();
      expect(outbound.queued).toBe(0);
      expect(connection.taken.equals(Buffer.concat(frames))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a connection that closed takes nothing, and nothing waits for it", () => {
  const { clock, connection, outbound } = connect();
  connection.terminate();
  outbound.put(frame(10, 1));
  clock.advance(0);
  expect(outbound.queued).toBe(0);
});
