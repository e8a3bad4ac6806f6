/**
 * What a block of an ingest log holds (pure): batches of frames, each of one connection, with the
 * time of their arrival; and marks, which say what was consumed.
 *
 * A block is a u32 for its version, then entries. An entry is a u32 for its kind, then
 * - 1, frames: u32 count, u32 connection, u32 bytes, f64 arrival; then `count` times i32 where each
 *   begins, `count` times i32 where it ends, and the bytes that these point into;
 * - 2, a mark: u32 bytes, and a position as JSON.
 *
 * Numbers are little-endian, as the tables of a batch are in memory.
 */
import { externalError } from "../../base/errors.ts";
import type { PieceTable } from "../../base/piece-table.ts";
import { toPlace, type IngestPosition } from "./position.ts";

const VERSION = 1;
const FRAMES = 1;
const MARK = 2;
const FRAMES_HEADER_BYTES = 24;
const MARK_HEADER_BYTES = 8;
/** Room for the version, and a first size that grows with what comes. */
const FIRST_BYTES = 64 * 1024;

/** Gathers a block. */
export class BlockWriter {
  readonly #room: number;
  #buffer: Buffer;
  #view: DataView;
  #at: number;
  frames = 0;

  /** `room`: bytes at the start that are the log's own. `buffer`: to begin in. */
  constructor(room: number, buffer: Buffer = Buffer.allocUnsafeSlow(room + 4 + FIRST_BYTES)) {
    this.#room = room;
    this.#buffer = buffer;
    this.#view = viewOf(this.#buffer);
    this.#view.setUint32(room, VERSION, true);
    this.#at = room + 4;
  }

  get isEmpty(): boolean {
    return this.#at === this.#room + 4;
  }

  get size(): number {
    return this.#at - this.#room;
  }

  /** Copies a batch. */
  add({ bytes, starts, ends, count }: PieceTable, connection: number, arrival: number): void {
    const first = starts[0]!;
    const size = ends[count - 1]! - first;
    this.#reserve(FRAMES_HEADER_BYTES + count * 8 + size);
    const view = this.#view;
    let at = this.#at;
    view.setUint32(at, FRAMES, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, connection, true);
    view.setUint32(at + 12, size, true);
    view.setFloat64(at + 16, arrival, true);
    at += FRAMES_HEADER_BYTES;
    const endsAt = at + count * 4;
    for (let i = 0; i < count; i++) {
      view.setInt32(at + i * 4, starts[i]! - first, true);
      view.setInt32(endsAt + i * 4, ends[i]! - first, true);
    }
    at += count * 8;
    this.#buffer.set(bytes.subarray(first, first + size), at);
    this.#at = at + size;
    this.frames += count;
  }

  mark(position: IngestPosition): void {
    const text = Buffer.from(JSON.stringify(position));
    this.#reserve(MARK_HEADER_BYTES + text.length);
    this.#view.setUint32(this.#at, MARK, true);
    this.#view.setUint32(this.#at + 4, text.length, true);
    this.#buffer.set(text, this.#at + MARK_HEADER_BYTES);
    this.#at += MARK_HEADER_BYTES + text.length;
  }

  /** The block, with the room before it; nothing may be added afterwards. */
  take(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  #reserve(count: number): void {
    const wanted = this.#at + count;
    if (wanted <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
    this.#view = viewOf(grown);
  }
}

/** Reads a block, a batch at a time, into a table. */
export class BlockReader {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  #at = 4;
  /** Of the batch in the table. */
  connection = 0;
  arrival = 0;
  /** Frames before that batch. */
  before = 0;
  /** The newest mark that was passed. */
  mark: IngestPosition | undefined = undefined;
  #count = 0;

  /** @throws {WallarooError} `log_damaged` */
  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = viewOf(this.#buffer);
    const version = bytes.length < 4 ? undefined : this.#view.getUint32(0, true);
    if (version !== VERSION) throw damaged(`its version is ${version}, we read ${VERSION}`);
  }

  /** The next batch; false at the end. */
  next(table: PieceTable): boolean {
    const view = this.#view;
    this.before += this.#count;
    this.#count = 0;
    while (this.#at < this.#buffer.length) {
      const at = this.#at;
      const kind = this.#u32(at);
      if (kind === MARK) {
        this.#readMark(at);
        continue;
      }
      if (kind !== FRAMES) throw damaged(`an entry of kind ${kind} at byte ${at}`);
      const count = this.#u32(at + 4);
      this.connection = this.#u32(at + 8);
      const size = this.#u32(at + 12);
      const startsAt = at + FRAMES_HEADER_BYTES;
      const endsAt = startsAt + count * 4;
      const bytesAt = endsAt + count * 4;
      const isWithin = count <= table.starts.length && bytesAt + size <= this.#buffer.length;
      if (count === 0 || !isWithin) throw damaged(`${count} frames at byte ${at}`);
      this.arrival = view.getFloat64(at + 16, true);
      table.reset(this.#buffer);
      const { starts, ends } = table;
      for (let i = 0; i < count; i++) {
        starts[i] = view.getInt32(startsAt + i * 4, true) + bytesAt;
        ends[i] = view.getInt32(endsAt + i * 4, true) + bytesAt;
      }
      table.count = count;
      table.streamBytes = size;
      this.#count = count;
      this.#at = bytesAt + size;
      return true;
    }
    return false;
  }

  #readMark(at: number): void {
    const size = this.#u32(at + 4);
    const start = at + MARK_HEADER_BYTES;
    if (start + size > this.#buffer.length) throw damaged(`a mark at byte ${at}`);
    this.mark = toPlace(JSON.parse(this.#buffer.toString("utf8", start, start + size)));
    this.#at = start + size;
  }

  #u32(at: number): number {
    if (at + 4 > this.#buffer.length) throw damaged(`an entry that ends at byte ${at}`);
    return this.#view.getUint32(at, true);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The checksum of the block was right, so this was written by another program. */
function damaged(what: string): Error {
  return externalError("log_damaged", `a block of an ingest log is none of ours: ${what}`);
}
