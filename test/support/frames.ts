/** Files of u32be frames, as records and back, for tests of apps that have such input. */
import { ByteWriter, type Decoder, type Encoder } from "wallaroo";

const HEADER_BYTES = 4;

/** The record of each frame. */
export function decodeFrames<T>(bytes: Uint8Array, decoder: Decoder<T>): T[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: T[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + HEADER_BYTES + view.getUint32(at);
    records.push(decoder.decode(bytes, at + HEADER_BYTES, end));
    at = end;
  }
  return records;
}

/** Each record as a frame. */
export function encodeFrames<T>(records: readonly T[], encoder: Encoder<T>): Uint8Array {
  const into = new ByteWriter();
  for (const record of records) {
    const start = into.at;
    into.u32(0);
    encoder.encode(record, into);
    into.patchU32(start, into.at - start - HEADER_BYTES);
  }
  return into.take();
}
