/**
 * Writes one segment: records are gathered into blocks, blocks are compressed when they are full
 * and go to the store one after the other.
 *
 * Owns: the open blocks, what waits to be written. At most one writer a task.
 *
 * W1. Records can be added at any time, without waiting: from an access to state that is about to
 *     change. What waits is bounded by what was frozen.
 * W2. Until the file is durable all of it is kept: a store that failed is given it again.
 */
import { ByteWriter } from "../base/bytes.ts";
import type { FileRef } from "../model/checkpoint.ts";
import { SEGMENT_BLOCK_BYTES, SEGMENT_PIECE_BYTES } from "../model/limits.ts";
import type { BlobStore, BlobWriter } from "../ports/blob-store.ts";
import type { Compressor } from "../ports/compressor.ts";
import type { Crypto, Hasher } from "../ports/crypto.ts";
import {
  BLOCK_HEAD_BYTES,
  type BlockInfo,
  type BlockKind,
  type Extra,
  headBytes,
  LONG_SIZE_BYTES,
  RECORD_SIZE_BYTES,
  SHORT_RECORD_MAX,
  type SegmentFooter,
  type SegmentHeader,
  tailBytes,
} from "./segment-form.ts";
import { writePlain } from "../codec/plain-write.ts";

export interface SegmentPorts {
  readonly blobs: BlobStore;
  readonly crypto: Crypto;
  readonly compressor: Compressor;
}

/** Records of one kind that are not in a block yet. */
class OpenBlock {
  readonly kind: BlockKind;
  readonly bytes = new ByteWriter(2 * SEGMENT_BLOCK_BYTES);
  records = 0;
  least = Number.POSITIVE_INFINITY;
  greatest = 0;
  #start = 0;

  constructor(kind: BlockKind) {
    this.kind = kind;
  }

  begin(group: number): ByteWriter {
    const { bytes } = this;
    if (group < this.least) this.least = group;
    if (group > this.greatest) this.greatest = group;
    this.#start = bytes.at;
    bytes.u16(0);
    bytes.varint(group);
    return bytes;
  }

  end(): void {
    const { bytes } = this;
    const start = this.#start;
    const size = bytes.at - start - RECORD_SIZE_BYTES;
    this.records++;
    if (size > SHORT_RECORD_MAX) this.#lengthen(start, size);
    else bytes.patchU16(start, ((size & 0x7f) << 8) | 0x8000 | (size >> 7));
  }

  /** The size takes more bytes than there is room for. */
  #lengthen(start: number, size: number): void {
    const { bytes } = this;
    const more = LONG_SIZE_BYTES - RECORD_SIZE_BYTES;
    bytes.reserve(more);
    bytes.buffer.copyWithin(start + LONG_SIZE_BYTES, start + RECORD_SIZE_BYTES, bytes.at);
    bytes.at += more;
    let rest = size;
    for (let i = 1; i < LONG_SIZE_BYTES; i++) {
      bytes.patchU8(start + i - 1, (rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.patchU8(start + LONG_SIZE_BYTES - 1, rest);
  }

  clear(): void {
    this.bytes.clear();
    this.records = 0;
    this.least = Number.POSITIVE_INFINITY;
    this.greatest = 0;
  }
}

export class SegmentWriter {
  readonly #ports: SegmentPorts;
  readonly #header: SegmentHeader;
  readonly #name: string;
  readonly #hash: Hasher;
  readonly #open = {
    removals: new OpenBlock("removals"),
    entries: new OpenBlock("entries"),
  };
  readonly #blocks: BlockInfo[] = [];
  /** The file so far, and how many of its pieces the store has taken: each call of it costs as much
   *  as some blocks. W2 */
  #pieces: Uint8Array[] = [];
  #taken = 0;
  /** What comes behind the pieces. */
  #piece = new ByteWriter();
  #size = 0;
  #current: OpenBlock = this.#open.entries;
  #writer: BlobWriter | undefined = undefined;
  #ref: FileRef | undefined = undefined;

  constructor(ports: SegmentPorts, name: string, header: SegmentHeader) {
    this.#ports = ports;
    this.#name = name;
    this.#header = header;
    this.#hash = ports.crypto.hasher();
    this.#add(headBytes(header, (bytes) => ports.crypto.crc32(bytes)));
  }

  /** A record of a key group begins: it is written into what is returned. */
  begin(isRemoval: boolean, group: number): ByteWriter {
    const block = isRemoval ? this.#open.removals : this.#open.entries;
    this.#current = block;
    return block.begin(group);
  }

  /** It is whole. */
  end(): void {
    const block = this.#current;
    block.end();
    if (block.bytes.at >= SEGMENT_BLOCK_BYTES) this.#seal(block);
  }

  extras(extras: readonly Extra[]): void {
    const block = new OpenBlock("extras");
    for (const extra of extras) {
      writePlain(extra, block.begin(0));
      block.end();
      if (block.bytes.at >= SEGMENT_BLOCK_BYTES) this.#seal(block);
    }
    if (block.records > 0) this.#seal(block);
  }

  /** Hands to the store the pieces that it has not taken. */
  async drain(): Promise<void> {
    this.#writer ??= await this.#ports.blobs.create(this.#name);
    for (; this.#taken < this.#pieces.length; this.#taken++) {
      const bytes = this.#pieces[this.#taken]!;
      await this.#writer.write(bytes, 0, bytes.length);
    }
  }

  /** The store failed: `drain` and `finish` begin anew. */
  async restart(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    this.#taken = 0;
    await writer?.abort();
  }

  /** Ends the file; it is durable when this resolves. May be called again after `restart`. */
  async finish(rest: Omit<SegmentFooter, "blocks">): Promise<FileRef> {
    this.#ref ??= this.#end(rest);
    this.#cut();
    await this.drain();
    await this.#writer!.finish();
    this.#pieces = [];
    return this.#ref;
  }

  async abort(): Promise<void> {
    this.#pieces = [];
    await this.#writer?.abort();
  }

  #end(rest: Omit<SegmentFooter, "blocks">): FileRef {
    for (const block of [this.#open.removals, this.#open.entries]) {
      if (block.records > 0) this.#seal(block);
    }
    const { crypto } = this.#ports;
    const footer = { blocks: this.#blocks, ...rest };
    this.#add(tailBytes(footer, (bytes) => crypto.crc32(bytes)));
    const sha256 = this.#hash.digest().toHex();
    return { name: this.#name, size: this.#size, sha256, epoch: this.#header.epoch };
  }

  #seal(block: OpenBlock): void {
    const { compressor, crypto } = this.#ports;
    const raw = block.bytes.buffer.subarray(0, block.bytes.at);
    const packed = compressor.compress(raw);
    const size = BLOCK_HEAD_BYTES + packed.length;
    const piece = this.#room(size);
    const start = piece.at;
    piece.u32(packed.length);
    piece.u32(raw.length);
    piece.u32(0);
    piece.bytes(packed);
    piece.patchU32(
      start + BLOCK_HEAD_BYTES - 4,
      crypto.crc32(piece.buffer.subarray(start, piece.at)),
    );
    const { kind, records, least, greatest } = block;
    this.#blocks.push({
      kind,
      offset: this.#size,
      size,
      records,
      leastGroup: least,
      greatestGroup: greatest,
    });
    this.#added(start);
    block.clear();
  }

  #add(bytes: Uint8Array): void {
    const piece = this.#room(bytes.length);
    const start = piece.at;
    piece.bytes(bytes);
    this.#added(start);
  }

  /** Where so many bytes more are written. */
  #room(size: number): ByteWriter {
    if (this.#piece.at + size > SEGMENT_PIECE_BYTES) this.#cut();
    return this.#piece;
  }

  /** The last piece has more, from `start` on. */
  #added(start: number): void {
    const { buffer, at } = this.#piece;
    this.#hash.update(buffer.subarray(start, at));
    this.#size += at - start;
  }

  #cut(): void {
    const { at } = this.#piece;
    if (at === 0) return;
    this.#pieces.push(this.#piece.buffer.subarray(0, at));
    this.#piece = new ByteWriter(SEGMENT_PIECE_BYTES);
  }
}
