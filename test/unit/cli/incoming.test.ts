import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { type ConnectionTotals, Incoming, type Owner } from "../../../src/cli/incoming.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";
import { FakeConnection } from "../../support/fake-network.ts";

test("a stream that cannot be cut while its owner was busy ends with the reason", async () => {
  const ends: ConnectionTotals[] = [];
  const gate = Promise.withResolvers<void>();
  const refused = externalError("frame_too_large", "frame of 9 bytes, limit 5");
  const owner: Owner = {
    chunk: () => gate.promise.then(() => Promise.reject(refused)),
    rest: ({ cutter }) => cutter.heldBytes,
    closed: (_, totals) => void ends.push(totals),
  };
  const connection = new FakeConnection({ host: "h", port: 1 }, { host: "h", port: 2 });
  const incoming = new Incoming(connection, owner, frameCutter("u8"));
  connection.handler = incoming;
  connection.send("x");
  gate.resolve();
  for (let i = 0; i < 8; i++) await Promise.resolve();
  expect(connection.isOpen).toBeFalse();
  expect(ends).toHaveLength(1);
  expect(ends[0]).toMatchObject({ error: "frame of 9 bytes, limit 5", bytes: 1, isOpen: false });
});

test("its totals tell the stream while it is open", () => {
  const owner: Owner = { chunk: () => undefined, rest: () => 0, closed: () => undefined };
  const connection = new FakeConnection({ host: "::1", port: 1 }, { host: "::1", port: 2 });
  const incoming = new Incoming(connection, owner, frameCutter("u8"));
  incoming.data(Buffer.from([1, 65]));
  expect(incoming.totals()).toMatchObject({ peer: "[::1]:1", bytes: 2, isOpen: true });
});
