/**
 * A record log in a folder: segments with blocks, each durable before it counts.
 *
 * Owns: the folder. Does not own: what is in the blocks, and how long they are needed.
 *
 * L1. A block counts when it was written and synced, and its segment's name was synced before.
 * L2. A block that could not be written leaves nothing: its segment is cut to where it was. A sync
 *     that failed is final: the disk is one on which it is (`StrictDisk`).
 * L3. Only the newest segment is written. The others hold whole blocks and nothing else.
 * L4. A segment may lie in the file of an older one; until another follows it, bytes of the older
 *     one are behind its end.
 * L5. What is damaged is never passed, unless people accepted that it is lost. It is told where it
 *     is read: what was consumed long ago stops nobody.
 */
import { assert } from "../base/assert.ts";
import { externalError, WallarooError } from "../base/errors.ts";
import { RECORD_LOG_BLOCK_BYTES_MAX, RECORD_LOG_SEGMENT_BYTES } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import {
  comparePlaces,
  type LogBlock,
  type LogPlace,
  type RecordLog,
} from "../ports/record-log.ts";
import { AcceptedLoss } from "./accepted-loss.ts";
import { makeDurable } from "./durable-folder.ts";
import {
  BLOCK_HEADER_BYTES,
  readSegmentHeader,
  sealBlock,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  writeSegmentHeader,
} from "./log-segment.ts";
import { LogFolder } from "./log-folder.ts";
import { LogReader } from "./log-reader.ts";
import { LogSpares } from "./log-spares.ts";
import { type DamagedPart, findTail } from "./segment-tail.ts";

export interface FileRecordLogSettings {
  /** Absolute path; made when absent. */
  readonly folder: string;
  /** A folder above it that exists. */
  readonly root: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** A segment that has so many bytes is not written any more. */
  readonly segmentBytes?: number;
}

/** The segment that is written. */
interface Current {
  readonly header: SegmentHeader;
  readonly file: DiskFile;
  size: number;
  /** Of the file, where it was written before: what is not over is written over. L4 */
  over: number | undefined;
}

export class FileRecordLog implements RecordLog {
  readonly room = BLOCK_HEADER_BYTES;
  readonly #settings: FileRecordLogSettings;
  readonly onLoss: string;
  readonly #folder: LogFolder;
  readonly #reader: LogReader;
  readonly #spares: LogSpares;
  readonly #loss: AcceptedLoss;
  /** The oldest and the newest segment; the newest may not have been made yet. */
  #first = 1;
  #last = 1;
  #current: Current | undefined;
  /** Of the next block. */
  #sequence = 0;
  #failed: WallarooError | undefined;
  #dropping: Promise<void> = Promise.resolve();

  private constructor(settings: FileRecordLogSettings, loss: AcceptedLoss) {
    this.#settings = settings;
    this.#folder = new LogFolder(settings);
    this.onLoss = this.#folder.onLoss;
    this.#spares = new LogSpares(settings);
    this.#reader = new LogReader({ ...settings, loss });
    this.#loss = loss;
  }

  /** @throws {WallarooError} `log_damaged`, `log_gap`, `log_newer` */
  static async open(settings: FileRecordLogSettings): Promise<FileRecordLog> {
    const { disk, folder, root } = settings;
    await makeDurable(disk, folder, root);
    const loss = await AcceptedLoss.open(folder, disk);
    const log = new FileRecordLog(settings, loss);
    try {
      await log.#recover();
      if (loss.isNew) await loss.reach(log.end);
    } catch (error) {
      await log.close();
      throw error;
    }
    return log;
  }

  get begin(): LogPlace {
    return { segment: this.#first, offset: SEGMENT_HEADER_BYTES };
  }

  get end(): LogPlace {
    return { segment: this.#last, offset: this.#current?.size ?? SEGMENT_HEADER_BYTES };
  }

  async append(block: Uint8Array): Promise<LogBlock> {
    if (this.#failed !== undefined) throw this.#failed;
    const { crypto, segmentBytes = RECORD_LOG_SEGMENT_BYTES } = this.#settings;
    const size = block.length - BLOCK_HEADER_BYTES;
    assert(size > 0 && size <= RECORD_LOG_BLOCK_BYTES_MAX, "a block is within its limit");
    if ((this.#current?.size ?? 0) >= segmentBytes) await this.#rotate();
    const current = this.#current ?? (await this.#make());
    sealBlock(block, current.header.tag, this.#sequence, crypto);
    const place = this.end;
    try {
      const at = current.over === undefined ? undefined : current.size;
      await current.file.write(block, 0, block.length, at);
    } catch (error) {
      await this.#undo(current, error); // L2
      throw error;
    }
    await this.#durably(() => current.file.sync());
    current.size += block.length; // L1
    this.#sequence++;
    return { place, next: this.end, bytes: block.subarray(BLOCK_HEADER_BYTES) };
  }

  read(place: LogPlace): Promise<LogBlock | undefined> {
    const sizeOfNewest = this.#current?.size ?? SEGMENT_HEADER_BYTES;
    return this.#reader.read(place, this.end, sizeOfNewest);
  }

  async passLoss(place: LogPlace): Promise<LogPlace | undefined> {
    if (comparePlaces(place, this.begin) < 0) {
      return this.#loss.covers(place) ? this.begin : undefined;
    }
    if (!this.#loss.isNew) return undefined;
    // What comes next must not stand where something else stood.
    if (this.#current !== undefined && place.segment === this.#last) await this.#rotate();
    else await this.#beginAt(place.segment + 1);
    await this.#loss.reach(this.end);
    return this.end;
  }

  dropBefore(place: LogPlace): Promise<void> {
    // A call may come while another goes on: then it waits, as both would take the same segment.
    this.#dropping = this.#dropping.catch(() => undefined).then(() => this.#dropBefore(place));
    return this.#dropping;
  }

  async #dropBefore({ segment }: LogPlace): Promise<void> {
    while (this.#first < Math.min(segment, this.#last)) {
      // One after the other, so that no crash leaves a gap between those that are there.
      await this.#spares.keep(this.#first);
      this.#first++;
    }
    await this.#loss.dropBefore(this.#first);
  }

  async close(): Promise<void> {
    await this.#current?.file.close();
    this.#current = undefined;
    await this.#reader.close();
    this.#failed ??= externalError("log_closed", `the log ${this.#settings.folder} is closed`);
  }

  async #recover(): Promise<void> {
    const { disk, folder } = this.#settings;
    const names = await disk.list(folder);
    await this.#spares.sweep(names);
    const numbers = this.#folder.numbersOf(names);
    const last = numbers.at(-1);
    if (last === undefined) return;
    this.#first = numbers[0]!;
    this.#last = last;
    const bytes = await this.#reader.bytesOf(last);
    const header = readSegmentHeader(bytes, this.#settings.crypto);
    if (header !== undefined) return await this.#recoverTail(bytes, header);
    // Its header is durable before a block is written, so without one there was none.
    if (bytes.length > SEGMENT_HEADER_BYTES || (last === this.#first && last > 1)) {
      if (!this.#loss.isNew) throw this.#folder.damaged(this.#folder.where(last), "its header");
      return await this.#rotate();
    }
    await this.#folder.remove(last);
    this.#last = Math.max(1, last - 1);
    await this.#recover();
  }

  async #recoverTail(bytes: Uint8Array, header: SegmentHeader): Promise<void> {
    const { disk, crypto, log } = this.#settings;
    const where = this.#folder.where(header.segment);
    const said = header.segment;
    if (said !== this.#last) throw this.#folder.damaged(where, `it says ${said}`);
    const { end, sequence, isTorn, damaged } = findTail(bytes, header, crypto);
    for (const part of damaged) this.#tell(where, part);
    const file = await disk.open(this.#folder.pathOf(this.#last), "append");
    this.#current = { header, file, size: end, over: undefined };
    this.#sequence = sequence;
    if (end === bytes.length) return;
    if (isTorn) {
      const fields = { file: this.#folder.pathOf(this.#last), at: end };
      log.warn("what a crash left half written at the end of an ingest log is cut off", fields);
    }
    await file.truncate(end);
    await file.sync();
  }

  #tell(where: string, { start, end, why }: DamagedPart): void {
    const isAccepted = this.#loss.isNew || this.#loss.covers({ segment: this.#last, offset: end });
    // Where a block is missing, nobody who reads on behind it would find out.
    if (start === end && !isAccepted) throw this.#folder.damaged(`${where}, at byte ${start}`, why);
    this.#settings.log.warn(`${where} is damaged from byte ${start} to ${end}: ${why}`);
  }

  /** Removes all segments and begins with one of that number. */
  async #beginAt(segment: number): Promise<void> {
    await this.#current?.file.close();
    this.#current = undefined;
    await this.#reader.close();
    await this.#folder.removeAll();
    this.#first = this.#last = segment;
    await this.#make();
  }

  /** Begins the next segment, whose header and name are durable before a block is written. */
  async #rotate(): Promise<void> {
    const current = this.#current;
    await this.#trim(current);
    this.#last++;
    this.#current = undefined;
    try {
      await this.#make();
    } catch (error) {
      // There is no room for another: what is there goes on, or the next call tries again.
      this.#last--;
      this.#current = current;
      throw error;
    }
    await current?.file.close();
  }

  /** Leaves nothing behind the blocks of a segment that is full. L3 */
  async #trim(current: Current | undefined): Promise<void> {
    if (current?.over === undefined || current.over <= current.size) return;
    await current.file.truncate(current.size);
    await this.#durably(() => current.file.sync());
    current.over = current.size;
  }

  async #make(): Promise<Current> {
    const { disk, folder, crypto } = this.#settings;
    const path = this.#folder.pathOf(this.#last);
    const tag = new DataView(crypto.secret(4).buffer).getUint32(0);
    const header = { segment: this.#last, first: this.#sequence, tag };
    const spare = await this.#spares.take();
    const file = spare?.file ?? (await disk.open(path, "append"));
    try {
      if (spare === undefined) await file.truncate(0);
      const bytes = writeSegmentHeader(header, crypto);
      await file.write(bytes, 0, bytes.length, spare === undefined ? undefined : 0);
      await this.#durably(() => file.sync());
      if (spare !== undefined) await disk.rename(spare.path, path);
      await this.#durably(() => disk.syncFolder(folder));
    } catch (error) {
      await file.close();
      if (spare !== undefined) await this.#spares.discard(spare);
      throw error;
    }
    this.#current = { header, file, size: SEGMENT_HEADER_BYTES, over: spare?.size };
    return this.#current;
  }

  async #undo({ file, size }: Current, why: unknown): Promise<void> {
    const isFull = why instanceof WallarooError && why.code === "disk_full";
    try {
      await file.truncate(size);
      if (isFull) await this.#spares.drop();
    } catch (error) {
      this.#failed ??= this.#folder.broken(error);
    }
    if (!isFull) this.#failed ??= this.#folder.broken(why);
  }

  /** A sync that failed is final, whatever the disk says next. */
  async #durably(sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
    } catch (error) {
      this.#failed ??= this.#folder.broken(error);
      throw this.#failed;
    }
  }
}
