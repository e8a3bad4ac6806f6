import { expect, test } from "bun:test";
import { unzipSync, zipSync } from "fflate";
import { Prng } from "../../../src/base/prng.ts";
import { ZipReader } from "../../../src/host/zip-reader.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

async function read(bytes: Uint8Array): Promise<Record<string, Uint8Array>> {
  const disk = new SimDisk();
  disk.put("/a.zip", bytes);
  const file = await disk.open("/a.zip", "read");
  const zip = await ZipReader.open(file, "/a.zip");
  const found: Record<string, Uint8Array> = {};
  for (const entry of zip.entries.values()) {
    const pieces: Uint8Array[] = [];
    await zip.read(entry, async (piece) => void pieces.push(piece.slice()));
    found[entry.name] = Uint8Array.from(Buffer.concat(pieces));
  }
  return found;
}

function some(prng: Prng): Record<string, Uint8Array> {
  const entry = (i: number): [string, Uint8Array] => {
    const bytes = Uint8Array.from({ length: prng.below(3_000) }, () => prng.below(4));
    return [`folder/${i}-${"n".repeat(prng.below(20))}`, bytes];
  };
  return Object.fromEntries(Array.from({ length: prng.below(6) }, (_, i) => entry(i)));
}

test("what is packed comes out, stored or deflated, with and without a comment", async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed);
    const files = some(prng);
    const zip = zipSync(files, { level: prng.below(2) === 0 ? 0 : 6 });
    expect(await read(zip)).toEqual(files);
  }
  const plain = zipSync({ a: new Uint8Array(5) });
  const commented = new Uint8Array([...plain, 65, 66]);
  commented[plain.length - 2] = 2;
  expect(await read(commented)).toEqual({ a: new Uint8Array(5) });
});

test("an entry larger than a piece comes in pieces", async () => {
  const large = Buffer.alloc(2_500_000, "no piece is so large");
  for (const level of [0, 1] as const) {
    const found = await read(zipSync({ large }, { level }));
    expect(Buffer.compare(found["large"]!, large)).toBe(0);
  }
});

test("no entry gives more than the directory says", async () => {
  const zip = zipSync({ bomb: new Uint8Array(1_000_000) }, { level: 9 });
  const at = Buffer.from(zip).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  new DataView(zip.buffer, zip.byteOffset).setUint32(at + 24, 10, true);
  expect(await read(zip).catch(String)).toContain("bomb has more than its 10 bytes");
});

test("damage is an error of the file, whatever bytes are wrong", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const prng = new Prng(seed);
    const zip = zipSync({ a: new Uint8Array(50), bb: new Uint8Array(2_000) }, { level: 6 });
    for (let i = 0; i <= prng.below(4); i++) zip[prng.below(zip.length)] = prng.below(256);
    const end = await read(zip.subarray(0, zip.length - prng.below(3))).catch(
      (error: unknown) => error,
    );
    if (end instanceof Error) expect(end).toMatchObject({ code: "bad_zip" });
  }
});

test("what is not read is said: encryption, other methods, two of one name", async () => {
  const plain = zipSync({ a: new Uint8Array(5) }, { level: 0 });
  const at = Buffer.from(plain).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const changed = (offset: number, value: number): Uint8Array => {
    const zip = plain.slice();
    zip[at + offset] = value;
    return zip;
  };
  expect(await read(changed(8, 1)).catch(String)).toContain("a is encrypted");
  expect(await read(changed(10, 12)).catch(String)).toContain("a is packed by method 12");
  expect(await read(new Uint8Array(0)).catch(String)).toContain("it is no ZIP");
  const twice = zipSync({ a: new Uint8Array(1), b: new Uint8Array(1) }, { level: 0 });
  const bytes = Buffer.from(twice);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 98) bytes[i] = 97;
  expect(await read(bytes).catch(String)).toContain("it has a twice");
  expect(Object.keys(unzipSync(plain))).toEqual(["a"]);
});
