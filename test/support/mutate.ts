/** Bytes changed at random, in the ways that break decoders. */
import type { Prng } from "../../src/base/prng.ts";

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** One to four changes: bits, bytes, lengths, cuts, doublings, parts of another. */
export function mutate(bytes: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  let now = Uint8Array.from(bytes);
  for (let n = 1 + prng.below(4); n > 0; n--) now = change(now, other, prng);
  return now;
}

function change(
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
  prng: Prng,
): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return Uint8Array.of(prng.below(256));
  const at = prng.below(bytes.length);
  switch (prng.below(8)) {
    case 0:
      bytes[at]! ^= 1 << prng.below(8);
      return bytes;
    case 1:
      bytes[at] = prng.below(256);
      return bytes;
    case 2:
      if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, prng.pick(EXTREMES));
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4:
      return bytes.slice(at);
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(at >> 1));
    case 6:
      return joined(bytes.subarray(0, at), other.subarray(prng.below(other.length + 1)));
    default: {
      const inserted = Uint8Array.from({ length: 1 + prng.below(40) }, () => prng.below(256));
      return joined(bytes.subarray(0, at), inserted, bytes.subarray(at));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  // Mutations of mutations stay within what one connection would be sent.
  return all.length > 16_384 ? all.slice(0, 16_384) : all;
}
