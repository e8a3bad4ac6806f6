import { expect, test } from "bun:test";
import { batchTable } from "../../../src/codec/lines.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";

/** What is told of bytes that come in pieces of this size. */
function told(bytes: Uint8Array, piece: number): string {
  const cutter = frameCutter("u32be", 1_000);
  const table = batchTable();
  try {
    for (let at = 0; at < bytes.length; at += piece) {
      cutter.push(bytes.subarray(at, at + piece));
      while (cutter.next(table));
    }
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}

test("a length that is text is told as a sender of lines or HTTP, others as another frame", () => {
  for (const piece of [1, 64]) {
    expect(told(Buffer.from("GET / HTTP/1.1\r\n\r\n"), piece)).toBe(
      `frame of ${0x47455420} bytes, limit 1000: its length is the text "GET ": is that a sender ` +
        "of lines, or of HTTP?",
    );
    expect(told(Buffer.of(0, 1, 0, 0, 65, 65), piece)).toBe(
      "frame of 65536 bytes, limit 1000: is the sender's frame the same kind as ours?",
    );
  }
});
