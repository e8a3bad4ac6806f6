/**
 * Reads the blocks of a log's segments, of which one is open at a time.
 *
 * Owns: that file. Does not own: which segments there are, and where the newest ends.
 */
import type { Crypto } from "../ports/crypto.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import { comparePlaces, type LogBlock, type LogPlace } from "../ports/record-log.ts";
import {
  BLOCK_HEADER_BYTES,
  isWholeBlock,
  logDamaged,
  peekBlock,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  segmentName,
} from "./log-segment.ts";

export interface LogReaderSettings {
  readonly folder: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
}

interface Opened {
  readonly header: SegmentHeader;
  readonly file: DiskFile;
}

export class LogReader {
  readonly #settings: LogReaderSettings;
  #opened: Opened | undefined;
  /** What comes when blocks are read one after the other. */
  #expected: { readonly place: LogPlace; readonly sequence: number } | undefined;

  constructor(settings: LogReaderSettings) {
    this.#settings = settings;
  }

  /** The block at a place, or at the begin of the next segment where one ends; undefined at `end`.
   *  `newestSize`: of what counts of the segment in which the log ends. */
  async read(place: LogPlace, end: LogPlace, newestSize: number): Promise<LogBlock | undefined> {
    let at = place;
    while (comparePlaces(at, end) < 0) {
      const { file, header } = await this.#open(at.segment);
      const size = at.segment === end.segment ? newestSize : (await file.stat()).size;
      if (at.offset < size) return await this.#block({ file, header }, at, size);
      const next = { segment: at.segment + 1, offset: SEGMENT_HEADER_BYTES };
      const expected = this.#expected;
      if (expected !== undefined && comparePlaces(expected.place, at) === 0) {
        this.#expected = { place: next, sequence: expected.sequence };
      }
      at = next;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#opened?.file.close();
    this.#opened = undefined;
  }

  async #block({ file, header: { tag } }: Opened, at: LogPlace, size: number): Promise<LogBlock> {
    const { segment, offset } = at;
    const where = `${this.#where(segment)}, at byte ${offset}`;
    const head = await readPart(file, offset, Math.min(BLOCK_HEADER_BYTES, size - offset));
    const header = peekBlock(head, tag);
    if (header === undefined) throw logDamaged(where, "there begins no block");
    const end = offset + BLOCK_HEADER_BYTES + header.size;
    if (end > size) throw logDamaged(where, `its block would end at byte ${end} of ${size}`);
    const bytes = await readPart(file, offset, end - offset);
    if (!isWholeBlock(bytes, this.#settings.crypto)) {
      throw logDamaged(where, "the checksum of its block is another");
    }
    const expected = this.#expected;
    const isNext = expected !== undefined && comparePlaces(expected.place, at) === 0;
    if (isNext && header.sequence !== expected.sequence) {
      throw logDamaged(where, `block ${header.sequence} follows, not ${expected.sequence}`);
    }
    const next = { segment, offset: end };
    this.#expected = { place: next, sequence: header.sequence + 1 };
    return { place: at, next, bytes: bytes.subarray(BLOCK_HEADER_BYTES) };
  }

  async #open(segment: number): Promise<Opened> {
    if (this.#opened?.header.segment === segment) return this.#opened;
    await this.close();
    const { disk, folder, crypto } = this.#settings;
    const file = await disk.open(`${folder}/${segmentName(segment)}`, "read");
    try {
      const header = readSegmentHeader(await readPart(file, 0, SEGMENT_HEADER_BYTES), crypto);
      if (header?.segment !== segment) throw logDamaged(this.#where(segment), "its header");
      this.#opened = { header, file };
      return this.#opened;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #where(segment: number): string {
    return `the log ${this.#settings.folder}/${segmentName(segment)}`;
  }
}

/** `size` bytes from `start`, or what there is of them. */
export async function readPart(file: DiskFile, start: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const count = await file.read(bytes.subarray(at), size - at, start + at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
