import { expect, test } from "bun:test";
import { ControlCutter, frameOf } from "../../../src/control/wire.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";

const crypto = systemCrypto();
const contents = ["one", "", "the third message"].map((text) => new TextEncoder().encode(text));
const wire = Buffer.concat(contents.map((content) => frameOf(content, crypto)));

function cut(chunks: readonly Uint8Array[], bytesMax = 100): string[] {
  const found: string[] = [];
  const cutter = new ControlCutter(bytesMax, crypto);
  for (const chunk of chunks) {
    cutter.push(chunk, (content) => found.push(new TextDecoder().decode(content)) > 0);
  }
  return found;
}

test("frames survive a cut at every byte, and every byte alone", () => {
  const wanted = ["one", "", "the third message"];
  for (let at = 0; at <= wire.length; at++) {
    expect(cut([wire.subarray(0, at), wire.subarray(at)])).toEqual(wanted);
  }
  expect(cut([...wire].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
});

test("a frame that is too long is refused when its length is there", () => {
  expect(() => cut([wire], 10)).toThrow(/17 bytes, limit 10/);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(0xffff_ffff, 0);
  expect(() => cut([header])).toThrow(/4294967295 bytes, limit 100/);
});

test("a flipped bit anywhere in a frame is found, or its end never comes", () => {
  for (let at = 0; at < 11; at++) {
    const damaged = Buffer.from(wire);
    damaged[at]! ^= 1;
    let found: string[] = [];
    try {
      found = cut([damaged.subarray(0, 11)]);
    } catch {
      // Refused, as it should be.
      continue;
    }
    expect(found).toEqual([]);
  }
});

test("nothing is handed on behind the message that ends it", () => {
  const found: number[] = [];
  new ControlCutter(100, crypto).push(wire, (content) => {
    found.push(content.length);
    return false;
  });
  expect(found).toEqual([3]);
});
