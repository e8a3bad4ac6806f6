import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../../src/base/bytes.ts";
import { PieceTable } from "../../../../src/base/piece-table.ts";
import {
  type Frame,
  LENGTH_BYTES,
  readFrame,
  TEXT_BYTES_MAX,
  writeFrame,
} from "../../../../src/connectors/bridge/frames.ts";
import { frameCutter } from "../../../../src/transport/frame-reader.ts";
import { GOLDEN_FRAMES } from "../../../support/bridge-golden.ts";
import { codeOf } from "../../../support/connector-context.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const u32 = fc.nat(2 ** 32 - 1);
const text = fc.string({ unit: "binary", maxLength: 40 });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    type: fc.constant("hello" as const),
    version: text,
    cookie: text,
    program: text,
    instance: text,
  }),
  fc.record({ type: fc.constant("ok" as const), credits: u32 }),
  fc.record({ type: fc.constant("error" as const), text }),
  fc.record({ type: fc.constant("notify" as const), stream: u64, name: text, pointOfRef: u64 }),
  fc.record({
    type: fc.constant("notifyAck" as const),
    isGranted: fc.boolean(),
    stream: u64,
    pointOfRef: u64,
  }),
  fc.record({
    type: fc.constant("message" as const),
    stream: u64,
    id: u64,
    eventTime: i64,
    key: bytes(300),
    content: bytes(2_000),
  }),
  fc.record({
    type: fc.constant("ack" as const),
    credits: u32,
    streams: fc.array(fc.tuple(u64, u64), { maxLength: 50 }),
  }),
  fc.record({ type: fc.constant("restart" as const), address: text }),
  fc.record({ type: fc.constant("eos" as const), stream: u64 }),
);

function written(frame: Frame): Uint8Array {
  const into = new ByteWriter();
  writeFrame(frame, into);
  return into.take();
}

const read = (frame: Uint8Array) => readFrame(frame, LENGTH_BYTES, frame.length);

test.each(GOLDEN_FRAMES.map((one) => [one.frame.type, one] as const))(
  "%s is written and read as the clients in the field do",
  (_, { frame, bytes: golden }) => {
    expect(Buffer.from(written(frame)).toString("hex")).toBe(Buffer.from(golden).toString("hex"));
    expect(plain(read(golden))).toEqual(plain(frame));
  },
);

test("every frame is read as it was written, wherever the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 6 }), fc.nat(), (frames, at) => {
      const stream = Buffer.concat(frames.map(written));
      const cut = at % (stream.length + 1);
      expect(cutAndRead([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(
        frames.map(plain),
      );
    }),
  );
});

test("golden frames are read whole at every cut of their stream, and byte by byte", () => {
  const stream = Buffer.concat(GOLDEN_FRAMES.map((one) => one.bytes));
  const all = GOLDEN_FRAMES.map(({ frame }) => plain(frame));
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(cutAndRead([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(all);
  }
  expect(cutAndRead(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(all);
});

test("a frame that lacks its end, or has more behind it, is refused", async () => {
  for (const { frame, bytes: golden } of GOLDEN_FRAMES) {
    for (let end = LENGTH_BYTES; end < golden.length; end++) {
      // The content of a message, and the address of a restart, may be absent.
      if (frame.type === "message" && end >= golden.length - frame.content.length) continue;
      if (frame.type === "restart" && end === LENGTH_BYTES + 1) continue;
      expect(await codeOf(() => readFrame(golden, LENGTH_BYTES, end))).toBe("bad_frame");
    }
    if (frame.type === "message") continue;
    const longer = Buffer.concat([golden, Uint8Array.of(0)]);
    expect(await codeOf(() => read(longer))).toBe("bad_frame");
  }
});

test("a number of references that the frame cannot hold costs no memory", async () => {
  const frame = Buffer.from("06000000010fffffff0000000000000001", "hex");
  expect(await codeOf(() => readFrame(frame, 0, frame.length))).toBe("bad_frame");
});

test("tags that nobody knows are refused", async () => {
  for (const tag of [9, 10, 71, 255]) {
    expect(await codeOf(() => readFrame(Uint8Array.of(tag), 0, 1))).toBe("bad_frame");
  }
});

test("a restart with an entirely empty body has no address", () => {
  expect(readFrame(Uint8Array.of(7), 0, 1)).toEqual({ type: "restart", address: "" });
});

test("a text that is too long is cut at its bound, at a whole character", () => {
  for (const [given, kept] of [
    ["x".repeat(TEXT_BYTES_MAX + 9), TEXT_BYTES_MAX],
    [`${"x".repeat(TEXT_BYTES_MAX - 1)}äöü`, TEXT_BYTES_MAX - 1],
    [`${"x".repeat(TEXT_BYTES_MAX - 2)}ä😀`, TEXT_BYTES_MAX],
  ] as const) {
    const frame = read(written({ type: "error", text: given }));
    expect(frame.type === "error" && Buffer.byteLength(frame.text)).toBe(kept);
    expect(frame.type === "error" && given.startsWith(frame.text)).toBeTrue();
  }
});

/** Bytes as arrays, so that it does not matter which class holds them. */
function plain(frame: Frame): unknown {
  if (frame.type !== "message") return frame;
  return { ...frame, key: [...frame.key], content: [...frame.content] };
}

function cutAndRead(chunks: readonly Uint8Array[]): unknown[] {
  const cutter = frameCutter("u32be");
  const table = new PieceTable(4, 1_000);
  const frames: unknown[] = [];
  for (const chunk of chunks) {
    cutter.push(chunk);
    while (cutter.next(table)) {
      for (let i = 0; i < table.count; i++) {
        frames.push(plain(readFrame(table.bytes, table.starts[i]!, table.ends[i]!)));
      }
    }
  }
  return frames;
}
