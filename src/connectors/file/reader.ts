/**
 * Reads one file: chunks from the disk, cut into batches of records.
 *
 * Owns: the open file, how far it was read, and where the next record begins.
 * Does not own: which files there are (source), what the bytes mean (the worker decodes).
 *
 * A1. `#at` is where the next record begins; the bytes from there to `#offset` are in the cutter.
 * A2. The bytes of a batch are never written again: a chunk has memory of its own.
 * A3. A file that became shorter than what was read, or lost its name to another, is noticed at its
 *     end. One that was cut and grew beyond that place between two looks cannot be told apart.
 */
import type { WallarooError } from "../../base/errors.ts";
import type { Cutter, PieceTable } from "../../base/piece-table.ts";
import { batchTable, LineCutter } from "../../codec/lines.ts";
import type { Position } from "../../model/context.ts";
import type { Batch, SourceContext, SplitReader } from "../../model/source.ts";
import type { DiskFile } from "../../ports/disk.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { Nap } from "../nap.ts";
import type { FileReading } from "./options.ts";
import { type FilePosition, toPosition } from "./position.ts";
import { fileReplaced, fileTruncated, frameCut, notCut } from "./problems.ts";

/** Four batches of full size: large enough that the disk is asked rarely. */
const CHUNK_BYTES = 256 * 1024;
/** What is read at the end of a small or growing file. */
const CHUNK_BYTES_MIN = 4 * 1024;

export interface FileReaderOptions {
  readonly reading: FileReading;
  readonly path: string;
  /** Open for reading; the reader closes it. */
  readonly file: DiskFile;
  readonly start: FilePosition;
  /** How long it was when it was opened. */
  readonly size: number;
  readonly ctx: SourceContext;
}

export class FileReader<T> implements SplitReader<T> {
  readonly #reading: FileReading;
  readonly #path: string;
  readonly #ctx: SourceContext;
  readonly #nap: Nap;
  readonly #isText: boolean;
  readonly #table = batchTable();
  #file: DiskFile;
  #cutter: Cutter;
  #at: FilePosition;
  #offset: number;
  /** Of the last look. */
  #size: number;
  #time = 0;
  #isClosed = false;
  #isMissing = false;
  /** Settles when no disk call of `read` is going on. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor({ reading, path, file, start, size, ctx }: FileReaderOptions) {
    this.#reading = reading;
    this.#path = path;
    this.#file = file;
    this.#ctx = ctx;
    this.#nap = new Nap(ctx.clock);
    this.#isText = reading.frame === "lines";
    this.#cutter = frameCutter(reading.frame);
    this.#at = start;
    this.#offset = start.offset;
    this.#size = size;
  }

  async *read(): AsyncGenerator<Batch<T>> {
    for (;;) {
      while (!this.#isClosed && this.#cut()) yield this.#batch();
      if (this.#isClosed) return;
      if (await this.#during(this.#fill())) continue;
      if (this.#isClosed) return;
      const end = await this.#during(this.#lookAtEnd());
      if (this.#isClosed) return;
      if (end === "wait") {
        await this.#nap.wait(this.#reading.followMs ?? 0);
      } else if (end === "finished") {
        if (this.#finish()) yield this.#batch();
        return;
      } else if (end !== "grown") {
        if (!this.#reading.restarts) throw end;
        // What lost its name is finished; the rest of a line that was cut off never was a line.
        if (end.code === "file_replaced" && this.#finish()) yield this.#batch();
        await this.#during(this.#restart(end));
      }
    }
  }

  acknowledge(): Promise<void> {
    return Promise.resolve();
  }

  stats(): Readonly<Record<string, number | string>> {
    const { offset, record } = this.#at;
    return { file: this.#path, offset, [this.#isText ? "line" : "frame"]: record };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#nap.wake();
    await this.#busy;
    await this.#file.close();
  }

  #during<R>(call: Promise<R>): Promise<R> {
    // `read` hears of a failure; whoever closes only waits for the end of it.
    this.#busy = call.catch(() => undefined);
    return call;
  }

  #cut(): boolean {
    try {
      return this.#cutter.next(this.#table);
    } catch (error) {
      throw notCut(this.#path, this.#at, this.#isText, error);
    }
  }

  /** Reads the next chunk; false at the end of the file. */
  async #fill(): Promise<boolean> {
    const left = this.#size - this.#offset;
    const length = Math.min(CHUNK_BYTES, Math.max(CHUNK_BYTES_MIN, left));
    const chunk = Buffer.allocUnsafeSlow(length); // A2
    const size = await this.#file.read(chunk, length, this.#offset);
    if (size === 0) return false;
    this.#offset += size;
    this.#time = this.#ctx.clock.now();
    this.#cutter.push(size === length ? chunk : chunk.subarray(0, size));
    return true;
  }

  /** What it means that nothing more could be read. */
  async #lookAtEnd(): Promise<"finished" | "wait" | "grown" | WallarooError> {
    const { followMs } = this.#reading;
    const open = await this.#file.stat();
    this.#size = open.size;
    if (open.size < this.#offset) return fileTruncated(this.#path, open.size, this.#offset); // A3
    if (followMs === undefined) return "finished";
    if (open.size > this.#offset) return "grown";
    const named = await this.#ctx.disk.stat(this.#path);
    if (named === undefined) {
      if (!this.#isMissing) {
        this.#ctx.log.warn("a followed file lost its name: waiting for another", {
          file: this.#path,
        });
      }
      this.#isMissing = true;
      return "wait";
    }
    this.#isMissing = false;
    return named.inode === this.#at.inode ? "wait" : fileReplaced(this.#path);
  }

  /** At the last end of a file: its last line, when it had no line end. */
  #finish(): boolean {
    if (this.#cutter instanceof LineCutter) return this.#cutter.finish(this.#table);
    const { heldBytes } = this.#cutter;
    if (heldBytes === 0) return false;
    const problem = frameCut(this.#path, this.#at, heldBytes);
    if (this.#reading.failsOnInvalid) throw problem;
    this.#ctx.log.warn("a file ends within a frame, which is skipped", { why: problem.message });
    return false;
  }

  async #restart(problem: Error): Promise<void> {
    this.#ctx.log.warn("a file is read again from its start", {
      file: this.#path,
      why: problem.message,
    });
    const file = await this.#ctx.disk.open(this.#path, "read");
    await this.#file.close();
    this.#file = file;
    const { inode, size } = await file.stat();
    this.#cutter = frameCutter(this.#reading.frame);
    this.#at = { offset: 0, record: 1, inode };
    this.#offset = 0;
    this.#size = size;
  }

  #batch(): Batch<T> {
    const before = this.#at;
    const { count, streamBytes } = this.#table;
    this.#at = {
      offset: before.offset + streamBytes,
      record: before.record + count,
      inode: before.inode,
    };
    return new FileBatch<T>({
      table: this.#table,
      before,
      after: this.#at,
      time: this.#time,
      isText: this.#isText,
      path: this.#path,
    });
  }
}

interface FileBatchParts {
  readonly table: PieceTable;
  readonly before: FilePosition;
  readonly after: FilePosition;
  readonly time: number;
  readonly isText: boolean;
  readonly path: string;
}

/** Positions are made when somebody asks: most records never see one. */
class FileBatch<T> implements Batch<T> {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly time: number;
  readonly #before: FilePosition;
  readonly #after: FilePosition;
  readonly #isText: boolean;
  readonly #meta: { readonly path: string };

  constructor({ table, before, after, time, isText, path }: FileBatchParts) {
    this.count = table.count;
    this.bytes = table.bytes;
    this.starts = table.starts;
    this.ends = table.ends;
    this.time = time;
    this.#before = before;
    this.#after = after;
    this.#isText = isText;
    this.#meta = { path };
  }

  /** What `ctx.meta` shows: the file that a record came from. */
  meta(): { readonly path: string } {
    return this.#meta;
  }

  get next(): Position {
    return toPosition(this.#after, this.#isText);
  }

  /** Records follow each other in the bytes as they do in the file. */
  positionOf(i: number): Position {
    const { offset, record, inode } = this.#before;
    const distance = this.starts[i]! - this.starts[0]!;
    return toPosition({ offset: offset + distance, record: record + i, inode }, this.#isText);
  }
}
