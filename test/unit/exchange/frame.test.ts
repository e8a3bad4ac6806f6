import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { FrameCutter } from "../../../src/exchange/frame-cutter.ts";
import {
  FRAME,
  FRAME_HEADER_BYTES,
  makeFrame,
  payloadMax,
  type FrameType,
} from "../../../src/exchange/frame.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { HELLO_BYTES_MAX, PAYLOAD_BYTES_MAX } from "../../../src/model/wire-limits.ts";

const crypto = systemCrypto();
const GENERATION = { leaderEpoch: 0xffff_fffe, attempt: 7 };

interface Seen {
  readonly type: number;
  readonly channel: number;
  readonly sequence: number;
  readonly payload: string;
}

function cutAll(chunks: readonly Uint8Array[], isTrusted = true): Seen[] {
  const cutter = new FrameCutter(crypto);
  if (isTrusted) cutter.trust();
  const seen: Seen[] = [];
  for (const chunk of chunks) {
    cutter.push(chunk, ({ type, leaderEpoch, attempt, channel, sequence, bytes, start, end }) => {
      expect({ leaderEpoch, attempt }).toEqual(GENERATION);
      const payload = Buffer.from(bytes).toString("hex", start, end);
      return seen.push({ type, channel, sequence, payload }) > 0;
    });
  }
  return seen;
}

interface AnyFrame {
  readonly type: FrameType;
  readonly channel: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

const anyFrame: fc.Arbitrary<AnyFrame> = fc
  .record({
    type: fc.constantFrom(...Object.values(FRAME)),
    channel: fc.nat({ max: 0xffff_ffff }),
    sequence: fc.maxSafeNat(),
    payload: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ payload, ...rest }) => ({
    ...rest,
    payload: payload.subarray(0, payloadMax(rest.type) === 0 ? 0 : 100),
  }));

function bytesOf(frames: readonly AnyFrame[]): Buffer {
  return Buffer.concat(
    frames.map(({ type, channel, sequence, payload }) =>
      makeFrame(type, GENERATION, channel, sequence, crypto, payload),
    ),
  );
}

test("frames come back, however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.nat()), (frames, cuts) => {
      const wire = bytesOf(frames);
      const places = cuts.map((cut) => cut % (wire.length + 1)).toSorted((a, b) => a - b);
      const chunks = [0, ...places].map((from, i) => wire.subarray(from, places[i] ?? wire.length));
      const wanted = frames.map(({ payload, ...rest }) => ({ ...rest, payload: payload.toHex() }));
      expect(cutAll(chunks)).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

test("frames survive a cut at every byte", () => {
  const payload = Buffer.from("some bytes");
  const wire = Buffer.concat([
    makeFrame(FRAME.data, GENERATION, 1, 2 ** 53 - 1, crypto, payload, 2, 7),
    makeFrame(FRAME.ack, GENERATION, 2, 3, crypto),
    makeFrame(FRAME.barrier, GENERATION, 3, 4, crypto, payload),
  ]);
  const whole = cutAll([wire]);
  expect(whole.map(({ sequence }) => sequence)).toEqual([2 ** 53 - 1, 3, 4]);
  expect(Buffer.from(whole[0]!.payload, "hex").toString()).toBe("me by");
  for (let cut = 0; cut <= wire.length; cut++) {
    expect(cutAll([wire.subarray(0, cut), wire.subarray(cut)])).toEqual(whole);
  }
});

test("a changed bit is never taken for a frame: what comes before it is, then an error", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 4 }), fc.nat(), (frames, place) => {
      const wire = bytesOf(frames);
      const bit = place % (wire.length * 8);
      wire[bit >> 3]! ^= 1 << (bit & 7);
      let before = 0;
      for (let at = 0; ; before++) {
        at += FRAME_HEADER_BYTES + frames[before]!.payload.length + 4;
        if (at > bit >> 3) break;
      }
      let count = 0;
      const cutter = new FrameCutter(crypto);
      cutter.trust();
      expect(() => cutter.push(wire, () => ++count > 0)).toThrow("no frame of a worker");
      expect(count).toBe(before);
      // Nothing more is taken, not even a frame that is right.
      cutter.push(makeFrame(FRAME.ack, GENERATION, 1, 1, crypto), () => ++count > 0);
      expect(count).toBe(before);
    }),
    { numRuns: 500 },
  );
});

test("garbage is an error, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: FRAME_HEADER_BYTES, maxLength: 200 }), (bytes) => {
      expect(() => cutAll([bytes])).toThrow("no frame of a worker");
    }),
    { numRuns: 500 },
  );
});

/** A header with checksums that are right, around what is not. */
function forged(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(makeFrame(FRAME.heartbeat, GENERATION, 0, 0, crypto));
  change(bytes);
  bytes.writeUInt32BE(crypto.crc32(bytes.subarray(0, 32)), 32);
  bytes.writeUInt32BE(crypto.crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

test("every field of a header is checked, also where the checksums are right", () => {
  for (const [change, why] of [
    [(b: Buffer) => b.writeUInt32BE(1, 0), "does not begin as a frame"],
    [(b: Buffer) => void (b[4] = 99), "type 99 is unknown"],
    [(b: Buffer) => void (b[5] = 1), "flags 1 are unknown"],
    [(b: Buffer) => b.writeUInt16BE(2, 6), "version 2, ours is 1"],
    [(b: Buffer) => b.writeUInt32BE(1, 8), "payload of 1 bytes, limit 0"],
    [(b: Buffer) => b.writeUInt32BE(1 << 21, 24), "above 2^53"],
  ] as const) {
    expect(() => cutAll([forged(change)])).toThrow(why);
  }
});

test("an announced length is refused with the header, and costs no memory", () => {
  const data = (size: number): Buffer =>
    forged((bytes) => {
      bytes[4] = FRAME.data;
      bytes.writeUInt32BE(size, 8);
    }).subarray(0, FRAME_HEADER_BYTES);
  expect(() => cutAll([data(PAYLOAD_BYTES_MAX + 1)])).toThrow(`limit ${PAYLOAD_BYTES_MAX}`);
  expect(() => cutAll([data(HELLO_BYTES_MAX + 1)], false)).toThrow(`limit ${HELLO_BYTES_MAX}`);
  const cutter = new FrameCutter(crypto);
  cutter.trust();
  cutter.push(data(PAYLOAD_BYTES_MAX), () => true);
  expect(cutter.heldBytes).toBe(FRAME_HEADER_BYTES);
});

test("a payload above the limit of its type is refused where it is made", () => {
  const tooLong = new Uint8Array(PAYLOAD_BYTES_MAX + 1);
  const make = (type: FrameType): Uint8Array => makeFrame(type, GENERATION, 1, 1, crypto, tooLong);
  expect(() => make(FRAME.data)).toThrow(`limit ${PAYLOAD_BYTES_MAX}`);
  expect(() => make(FRAME.ack)).toThrow("limit 0");
});
