/**
 * Reads the blocks of a log's segments, of which one is open at a time.
 *
 * Owns: that file. Does not own: which segments there are, and where the newest ends.
 */
import { WallarooError } from "../base/errors.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import { comparePlaces, type LogBlock, type LogPlace } from "../ports/record-log.ts";
import { type AcceptedLoss, lossAdvice } from "./accepted-loss.ts";
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
import { findBlock } from "./segment-tail.ts";

export interface LogReaderSettings {
  readonly folder: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** What may be passed. */
  readonly loss: Pick<AcceptedLoss, "covers">;
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
    const { folder, loss, log } = this.#settings;
    for (let at = place; ;) {
      try {
        return await this.#read(at, end, newestSize);
      } catch (error) {
        const isDamage = error instanceof WallarooError && error.code === "log_damaged";
        if (!isDamage || !loss.covers(at)) throw error;
        const next = await this.#wholeFrom(at, end);
        const fields = { folder, from: at, to: next };
        log.warn("what is damaged of an ingest log is passed, as was accepted", fields);
        at = next;
      }
    }
  }

  async #read(place: LogPlace, end: LogPlace, newestSize: number): Promise<LogBlock | undefined> {
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

  /** The begin of the first whole block from a place on: at `end`, when there is none. */
  async #wholeFrom(place: LogPlace, end: LogPlace): Promise<LogPlace> {
    this.#expected = undefined;
    let at = place;
    while (at.segment < end.segment || comparePlaces(at, end) < 0) {
      const bytes = await this.bytesOf(at.segment);
      const header = readSegmentHeader(bytes, this.#settings.crypto);
      const found =
        header?.segment === at.segment
          ? findBlock(bytes, at.offset, header, this.#settings.crypto)
          : undefined;
      if (found !== undefined) return { segment: at.segment, offset: found.at };
      at = { segment: at.segment + 1, offset: SEGMENT_HEADER_BYTES };
    }
    return end;
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
    if (header === undefined) throw this.#damaged(where, "there begins no block");
    const end = offset + BLOCK_HEADER_BYTES + header.size;
    if (end > size) throw this.#damaged(where, `its block would end at byte ${end} of ${size}`);
    const bytes = await readPart(file, offset, end - offset);
    if (!isWholeBlock(bytes, this.#settings.crypto)) {
      throw this.#damaged(where, "the checksum of its block is another");
    }
    const expected = this.#expected;
    const isNext = expected !== undefined && comparePlaces(expected.place, at) === 0;
    if (isNext && header.sequence !== expected.sequence) {
      throw this.#damaged(where, `block ${header.sequence} follows, not ${expected.sequence}`);
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
      if (header?.segment !== segment) throw this.#damaged(this.#where(segment), "its header");
      this.#opened = { header, file };
      return this.#opened;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** All of a segment's file. */
  async bytesOf(segment: number): Promise<Uint8Array> {
    const { disk, folder } = this.#settings;
    const file = await disk.open(`${folder}/${segmentName(segment)}`, "read");
    try {
      return await readPart(file, 0, (await file.stat()).size);
    } finally {
      await file.close();
    }
  }

  #damaged(where: string, why: string): WallarooError {
    return logDamaged(where, why, lossAdvice(this.#settings.folder));
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
