import { expect, test } from "bun:test";
import { FRAME } from "../../../src/exchange/frame.ts";
import { LinkWire } from "../../../src/exchange/link-wire.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { LINK_HEARTBEAT_MS, LINK_SILENT_MS } from "../../../src/model/wire-limits.ts";
import type { Connection } from "../../../src/ports/network.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function make() {
  const clock = new FakeClock();
  const writes: number[] = [];
  const ends: (Error | undefined)[] = [];
  const place = { host: "127.0.0.1", port: 1 };
  const connection: Connection = {
    peer: place,
    local: place,
    isOpen: true,
    write: (_bytes, start, end) => {
      writes.push(clock.monotonic());
      return end - start;
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    terminate: () => undefined,
  };
  const events = {
    frame: () => undefined,
    closed: (error: Error | undefined): void => void ends.push(error),
  };
  const generation = { leaderEpoch: 1, attempt: 1 };
  const wire = new LinkWire(connection, generation, { clock, crypto: systemCrypto() }, events);
  wire.trust();
  return { wire, clock, writes, ends };
}

test("a wire that says nothing sends heartbeats; one that speaks needs none", () => {
  const { clock, writes, wire } = make();
  clock.advance(2 * LINK_HEARTBEAT_MS);
  expect(writes).toEqual([LINK_HEARTBEAT_MS, 2 * LINK_HEARTBEAT_MS]);
  clock.advance(LINK_HEARTBEAT_MS / 2);
  wire.send(FRAME.heartbeat);
  clock.advance(LINK_HEARTBEAT_MS / 2);
  // The one of that tick was spoken for.
  expect(writes).toEqual([1, 2, 2.5].map((n) => n * LINK_HEARTBEAT_MS));
  clock.advance(LINK_HEARTBEAT_MS);
  expect(writes.at(-1)).toBe(4 * LINK_HEARTBEAT_MS);
});

test("a peer never hears nothing for as long as silence lasts, whenever a wire speaks", () => {
  for (let offset = 0; offset < LINK_HEARTBEAT_MS; offset += LINK_HEARTBEAT_MS / 10) {
    const { clock, writes, wire } = make();
    clock.advance(offset);
    wire.send(FRAME.heartbeat);
    clock.advance(LINK_SILENT_MS - 1);
    const gaps = writes.map((at, i) => at - (writes[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * LINK_HEARTBEAT_MS);
    expect(writes.length).toBeGreaterThan(1);
  }
});

test("a peer that is silent for too long is given up, with the time", () => {
  const { clock, ends } = make();
  clock.advance(LINK_SILENT_MS + 2 * LINK_HEARTBEAT_MS);
  expect(String(ends)).toMatch(/the peer has been silent for \d+ ms/);
});
