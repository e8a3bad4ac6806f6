/** Random keys: a second program that reads canonical bytes gets the same keys back. */
import { Prng } from "../../src/base/prng.ts";
import { keyBytes, keyGroup } from "../../src/model/key.ts";
import type { Campaign } from "./runner.ts";

const KEYS_PER_SEED = 200;

export const campaign: Campaign = {
  name: "keys",
  about: "canonical bytes of any key read back as that key, and place it by their FNV-1a",
  seeds: 20_000,
  run(seed) {
    const prng = new Prng(seed);
    let size = 0;
    for (let i = 0; i < KEYS_PER_SEED; i++) {
      const key = randomKey(prng, prng.below(4));
      const bytes = keyBytes(key);
      const back = readKey(Buffer.from(bytes));
      if (JSON.stringify(back) !== JSON.stringify(key)) {
        throw new Error(`key ${JSON.stringify(key)} came back as ${JSON.stringify(back)}`);
      }
      const groups = 1 + prng.below(1000);
      const expected = Number(fnv(bytes) % BigInt(groups));
      if (keyGroup(key, groups) !== expected) {
        throw new Error(
          `key ${JSON.stringify(key)} is in ${keyGroup(key, groups)}, not ${expected}`,
        );
      }
      size += bytes.length;
    }
    return { bytes: size };
  },
};

function randomKey(prng: Prng, depth: number): unknown {
  switch (prng.below(depth > 0 ? 4 : 3)) {
    case 0:
      return randomText(prng);
    case 1:
      return randomNumber(prng);
    case 2:
      return prng.below(2) === 0;
    default:
      return Array.from({ length: prng.below(5) }, () => randomKey(prng, depth - 1));
  }
}

function randomText(prng: Prng): string {
  const length = prng.below(prng.below(20) === 0 ? 400 : 30);
  const highest = prng.pick([0x7f, 0x7f, 0x7ff, 0xffff, 0x10ffff]);
  let text = "";
  while (text.length < length) {
    const point = prng.below(highest + 1);
    if (point < 0xd800 || point > 0xdfff) text += String.fromCodePoint(point);
  }
  return text;
}

/** Any finite number: whole ones, and any pattern of 64 bits. */
function randomNumber(prng: Prng): number {
  if (prng.below(2) === 0) return prng.below(1_000_000) - 500_000;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, prng.u32());
  view.setUint32(4, prng.u32());
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : 0;
}

/** The definition read the other way, with nothing of src in it. */
function readKey(bytes: Buffer): unknown {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case 1:
      return rest.toString("utf8");
    case 2:
      return rest.readDoubleBE();
    case 3:
      return rest[0] === 1;
    case 4: {
      let [count, at] = readVarint(rest, 0);
      const parts: unknown[] = [];
      for (; count > 0; count--) {
        const [size, start] = readVarint(rest, at);
        at = start + size;
        parts.push(readKey(rest.subarray(start, at)));
      }
      if (at !== rest.length) throw new Error(`${rest.length - at} bytes behind the array`);
      return parts;
    }
    default:
      throw new Error(`tag ${bytes[0]}`);
  }
}

function readVarint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = bytes.readUInt8(at++);
    value += (byte % 128) * unit;
    if (byte < 128) return [value, at];
  }
}

function fnv(bytes: Uint8Array): bigint {
  let hash = 0x811c9dc5n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
  return hash;
}
