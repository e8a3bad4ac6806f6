import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { readBack } from "../../../src/coordinator/read-back.ts";
import { VERIFY_PIECE_BYTES } from "../../../src/model/limits.ts";
import { FileBlobs } from "../../../src/storage/file-blobs.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";

const bytes = new Uint8Array(2 * VERIFY_PIECE_BYTES + 1).fill(7);
const file = { name: "a", size: bytes.length, sha256: crypto.sha256(bytes).toHex(), epoch: 1 };

test("a file is read in pieces, and compared with its size and its hash", async () => {
  const blobs = new FileBlobs("/blobs", new SimDisk(), crypto);
  const ports = { blobs, crypto };
  const pieces: number[] = [];
  const rest = async (size: number): Promise<boolean> => pieces.push(size) > 0;
  const gone = await readBack(ports, file, rest);
  expect(gone).toEqual({ why: "it is not there", isDamage: true });
  await blobs.put("a", bytes);
  expect(await readBack(ports, file, rest)).toBe("good");
  expect(pieces).toEqual([VERIFY_PIECE_BYTES, VERIFY_PIECE_BYTES, 1]);
  const cut = await readBack(ports, { ...file, size: 1 }, rest);
  expect(cut).toMatchObject({ why: `it has ${bytes.length} bytes instead of 1` });
  const other = await readBack(ports, { ...file, sha256: "00" }, rest);
  expect(other).toEqual({ why: "its bytes have another hash", isDamage: true });
});

test("a disk that cannot read is damage, a store that is away is not", async () => {
  const blobs = new FileBlobs("/blobs", new SimDisk(), crypto);
  await blobs.put("a", bytes);
  const rest = async (): Promise<boolean> => true;
  for (const [code, isDamage] of [
    ["disk", true],
    ["store_unavailable", false],
  ] as const) {
    blobs.read = () => Promise.reject(externalError(code, "no"));
    expect(await readBack({ blobs, crypto }, file, rest)).toEqual({ why: "no", isDamage });
  }
});
