import { expect, test } from "bun:test";
import { PieceTable } from "../../../../src/base/piece-table.ts";
import { Inlet } from "../../../../src/connectors/bridge/inlet.ts";
import { SimConnection } from "../../../../src/testing/sim-network.ts";
import { frameCutter } from "../../../../src/transport/frame-reader.ts";
import { say } from "../../../support/bridge-client.ts";

const HOST = { host: "127.0.0.1", port: 1 };

test("frames and bytes are counted when they are taken, and the connection stops once", () => {
  const connection = new SimConnection(HOST, HOST);
  const inlet = new Inlet(connection, frameCutter("u32be"));
  const table = new PieceTable(10, 1_000);
  const bytes = Buffer.concat([say.eos(1), say.eos(2)]);
  inlet.push(bytes);
  expect([inlet.bytes, inlet.frames, inlet.isDrained]).toEqual([0, 0, false]);
  expect(inlet.next(table)).toBeTrue();
  expect([inlet.bytes, inlet.frames, inlet.isDrained]).toEqual([bytes.length, 2, true]);
  inlet.pause();
  inlet.pause();
  expect([connection.isPaused, inlet.isPaused]).toEqual([true, true]);
  inlet.resume(5);
  expect([connection.isPaused, inlet.isPaused]).toEqual([false, false]);
});

test("a frame that is unfinished has its full time again when its reader goes on", () => {
  const connection = new SimConnection(HOST, HOST);
  const inlet = new Inlet(connection, frameCutter("u32be"));
  inlet.push(say.eos(1).subarray(0, 5));
  expect(inlet.next(new PieceTable(10, 1_000))).toBeFalse();
  expect(inlet.unfinishedBytes).toBe(5);
  inlet.unfinishedSince = 10;
  inlet.pause();
  inlet.resume(500);
  expect(inlet.unfinishedSince).toBe(500);
});
