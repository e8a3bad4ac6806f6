/** Zstandard, as it is built into the runtime. */
import { externalError, messageOf } from "../base/errors.ts";
import type { Compressor } from "../ports/compressor.ts";

/** The fastest: state is written each second, and read rarely. */
const LEVEL = 1;
const MAGIC = 0xfd2fb528;

export function zstd(): Compressor {
  return {
    compress: (bytes) => Bun.zstdCompressSync(bytes, { level: LEVEL }),
    decompress: (bytes, sizeMax) => {
      // What it would become is asked before memory is taken for it.
      const size = contentSize(bytes);
      if (size === undefined || size > sizeMax) {
        const what = size === undefined ? "does not say how large it is" : `is ${size} bytes`;
        throw externalError("damaged", `what is compressed ${what}, limit ${sizeMax}`);
      }
      try {
        return Bun.zstdDecompressSync(bytes);
      } catch (error) {
        throw externalError("damaged", `what is compressed is damaged: ${messageOf(error)}`, error);
      }
    },
  };
}

/** The size in the header of a frame (RFC 8878, 3.1.1.1). */
function contentSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 6) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  if (sizeBytes === 0 || at + sizeBytes > bytes.length) return undefined;
  if (sizeBytes === 1) return bytes[at]!;
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
