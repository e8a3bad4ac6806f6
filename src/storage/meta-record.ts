/**
 * The form of a record of a meta-log (pure but for the hashes that it is given).
 *
 * "WMLR", version u16, reserved u16, slot u64, cluster id 16 bytes, nonce of the writer 16 bytes,
 * SHA-256 of the record before 32 bytes (zeros for slot 0), length u32, content, CRC-32 of all.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { externalError } from "../base/errors.ts";
import { META_RECORD_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";

const MAGIC = 0x574d4c52;
const VERSION = 1;
export const ID_BYTES = 16;
const HASH_BYTES = 32;
const HEADER_BYTES = 4 + 2 + 2 + 8 + ID_BYTES + ID_BYTES + HASH_BYTES + 4;
const CRC_BYTES = 4;
/** The largest file of a record. */
export const META_FILE_BYTES_MAX = HEADER_BYTES + META_RECORD_BYTES_MAX + CRC_BYTES;

export interface MetaRecord {
  readonly slot: number;
  readonly cluster: Uint8Array;
  readonly nonce: Uint8Array;
  /** SHA-256 of the whole record before it. */
  readonly previous: Uint8Array;
  readonly content: Uint8Array;
}

export const NO_PREVIOUS: Uint8Array = new Uint8Array(HASH_BYTES);

export function writeMetaRecord(record: MetaRecord, crypto: Crypto): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES + record.content.length + CRC_BYTES);
  writer.u32(MAGIC);
  writer.u16(VERSION);
  writer.u16(0);
  writer.u64(BigInt(record.slot));
  writer.bytes(record.cluster);
  writer.bytes(record.nonce);
  writer.bytes(record.previous);
  writer.u32(record.content.length);
  writer.bytes(record.content);
  writer.u32(crypto.crc32(writer.take()));
  return writer.take();
}

/** @throws {WallarooError} `log_damaged`; `where` begins the message */
export function readMetaRecord(
  bytes: Uint8Array,
  slot: number,
  where: string,
  crypto: Crypto,
): MetaRecord {
  if (bytes.length < HEADER_BYTES + CRC_BYTES) {
    throw damaged(where, `it has ${bytes.length} bytes, fewer than any record`);
  }
  const body = bytes.length - CRC_BYTES;
  const reader = new ByteReader(bytes);
  const magic = reader.u32();
  const version = reader.u16();
  reader.u16();
  const found = Number(reader.u64());
  const cluster = reader.bytes(ID_BYTES);
  const nonce = reader.bytes(ID_BYTES);
  const previous = reader.bytes(HASH_BYTES);
  const length = reader.u32();
  if (magic !== MAGIC) throw damaged(where, "it does not begin as a record does");
  const crc = new ByteReader(bytes, body).u32();
  const isWhole = crypto.crc32(bytes.subarray(0, body)) === crc;
  if (version !== VERSION) {
    if (!isWhole) throw damaged(where, `it has version ${version}, and its checksum is wrong`);
    throw externalError(
      "log_damaged",
      `${where} has version ${version}, and this engine reads version ${VERSION}: run the engine ` +
        "that wrote it, or a newer one",
    );
  }
  if (length !== body - HEADER_BYTES) {
    throw damaged(where, `its content has ${body - HEADER_BYTES} bytes, ${length} were written`);
  }
  if (!isWhole) throw damaged(where, "its checksum is wrong");
  if (found !== slot) throw damaged(where, `it is the record of slot ${found}`);
  return { slot, cluster, nonce, previous, content: bytes.slice(HEADER_BYTES, body) };
}

export function damaged(where: string, why: string): Error {
  return externalError("log_damaged", `${where} is damaged: ${why}. Put back a copy of it`);
}
