/**
 * Reads one segment: the whole file is checked against what the manifest says of it, block by
 * block, before anything of it is believed to be all.
 */
import { ByteReader } from "../base/bytes.ts";
import { externalError } from "../base/errors.ts";
import { readPlain } from "../codec/plain-read.ts";
import type { FileRef } from "../model/checkpoint.ts";
import { SEGMENT_INFLATED_BYTES_MAX } from "../model/limits.ts";
import {
  BLOCK_HEAD_BYTES,
  type BlockInfo,
  type BlockKind,
  damaged,
  type Extra,
  HEAD_BYTES,
  headSize,
  MEND,
  readHead,
  readTail,
  RECORD_SIZE_BYTES,
  type SegmentFooter,
  type SegmentHeader,
  TAIL_BYTES,
  tailSize,
} from "./segment-form.ts";
import type { SegmentPorts } from "./segment-writer.ts";

/** How much is read at once. */
const CHUNK_BYTES = 1024 * 1024;

export class SegmentReader {
  readonly file: FileRef;
  readonly header: SegmentHeader;
  readonly footer: SegmentFooter;
  readonly #ports: SegmentPorts;

  private constructor(
    ports: SegmentPorts,
    file: FileRef,
    found: { readonly header: SegmentHeader; readonly footer: SegmentFooter },
  ) {
    this.#ports = ports;
    this.file = file;
    this.header = found.header;
    this.footer = found.footer;
  }

  /**
   * Opens a file of a checkpoint, which must be of the job that its name says.
   * @throws {WallarooError} `file_missing`, `damaged`, `newer_version`, `older_version`,
   *  `foreign_file`
   */
  static async open(ports: SegmentPorts, file: FileRef): Promise<SegmentReader> {
    const { blobs, crypto } = ports;
    const { name, size } = file;
    const found = await blobs.stat(name);
    if (found === undefined) {
      throw externalError(
        "file_missing",
        `${name} is missing, and the checkpoint needs it: ${MEND}`,
      );
    }
    if (found.size !== size) throw damaged(name, `it has ${found.size} bytes instead of ${size}`);
    const crc = (bytes: Uint8Array): number => crypto.crc32(bytes);
    const start = await blobs.read(name, 0, Math.min(size, HEAD_BYTES));
    const headEnd = headSize(start, name);
    const tail = await blobs.read(name, Math.max(0, size - TAIL_BYTES), size);
    const tailStart = size - tailSize(tail, name);
    if (headEnd > tailStart) throw damaged(name, "its header reaches into its footer");
    const header = readHead(await blobs.read(name, 0, headEnd), name, crc);
    const footer = readTail(await blobs.read(name, tailStart, size), name, crc);
    // A job that was begun from a checkpoint of another one reads the other one's files.
    const job = name.slice(0, name.lastIndexOf("/"));
    if (header.job !== job) {
      throw externalError(
        "foreign_file",
        `${name} is of job ${header.job}, and not of ${job}: ${MEND}`,
      );
    }
    return new SegmentReader(ports, file, { header, footer });
  }

  /** Reads all of it once. @throws {WallarooError} `damaged` when it is not what was written */
  async check(): Promise<void> {
    const { blobs, crypto } = this.#ports;
    const { name, size, sha256 } = this.file;
    const hash = crypto.hasher();
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      hash.update(await blobs.read(name, at, Math.min(size, at + CHUNK_BYTES)));
    }
    if (hash.digest().toHex() !== sha256) throw damaged(name, "its bytes have another hash");
  }

  /** The inflated records of all blocks of a kind, or of all there are, block by block. */
  async *blocks(kind?: BlockKind): AsyncGenerator<Uint8Array, void> {
    const { blobs } = this.#ports;
    const { name, size } = this.file;
    // Many blocks at once: each call of the store costs as much as some blocks.
    let from = 0;
    let read: Uint8Array = new Uint8Array(0);
    for (const info of this.footer.blocks) {
      if (kind !== undefined && info.kind !== kind) continue;
      const { offset } = info;
      const end = offset + info.size;
      if (offset < from || end > from + read.length) {
        read = await blobs.read(name, offset, Math.max(end, Math.min(size, offset + CHUNK_BYTES)));
        from = offset;
      }
      // A copy, since the checksum is of a block without it.
      yield this.#inflated(info, new Uint8Array(read.subarray(offset - from, end - from)));
    }
  }

  #inflated(info: BlockInfo, bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    const { crypto, compressor } = this.#ports;
    const { name } = this.file;
    if (bytes.length !== info.size || bytes.length < BLOCK_HEAD_BYTES) {
      throw damaged(name, `a block at ${info.offset} is cut off`);
    }
    const view = new DataView(bytes.buffer);
    const crc = view.getUint32(8);
    view.setUint32(8, 0);
    if (crypto.crc32(bytes) !== crc) {
      throw damaged(name, `a block at ${info.offset} has another checksum`);
    }
    const size = view.getUint32(4);
    if (size > SEGMENT_INFLATED_BYTES_MAX) {
      throw damaged(name, `a block of ${size} bytes, limit ${SEGMENT_INFLATED_BYTES_MAX}`);
    }
    const inflated = compressor.decompress(bytes.subarray(BLOCK_HEAD_BYTES), size);
    if (inflated.length !== size) throw damaged(name, `a block has ${inflated.length} bytes`);
    return inflated;
  }

  async extras(): Promise<readonly Extra[]> {
    const found: Extra[] = [];
    for await (const bytes of this.blocks("extras")) {
      eachRecord(bytes, this.file.name, (from) => {
        found.push(readPlain(bytes, from.at, from.end) as Extra); // Checked by its block.
      });
    }
    return found;
  }
}

/** Calls `fn` for each record of a block: it reads from `from.at` to `from.end`, during the call.
 *  */
export function eachRecord(
  bytes: Uint8Array,
  name: string,
  fn: (from: ByteReader, group: number) => void,
): void {
  // One reader for the block: one for each record costs more than what it reads.
  const from = new ByteReader(bytes);
  let at = 0;
  while (at < bytes.length) {
    from.at = at;
    from.end = bytes.length;
    at = endOfRecord(from, name);
    from.end = at;
    const group = from.varint();
    fn(from, group);
  }
}

function endOfRecord(from: ByteReader, name: string): number {
  if (from.left < RECORD_SIZE_BYTES) throw damaged(name, "a record is cut off");
  const size = from.varint();
  if (size === 0 || size > from.left) throw damaged(name, "a record is cut off");
  return from.at + size;
}
