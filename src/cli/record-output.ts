/** Where received records go: shown as text, or stored as frames. */
import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { ByteWriter } from "../base/bytes.ts";
import { externalError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { asBuffer } from "../base/line-cutter.ts";
import type { PieceTable } from "../base/piece-table.ts";
import { frameHeader, type FrameKind } from "../model/frame.ts";
import type { Out } from "./command.ts";

const WRITE_BYTES = 256 * 1024;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;
const NEWLINE = 10;

export interface RecordOutput {
  /** Copies what it needs before it returns. A promise while it is slow. */
  take(table: PieceTable): void | Promise<void>;
  /** Everything is written when it resolves. */
  finish(): Promise<void>;
}

/** A line for each record: its text, or its bytes in hexadecimal where it is none. */
export class RecordPrinter implements RecordOutput {
  readonly #out: Out;
  readonly #writer = new ByteWriter(WRITE_BYTES);
  #last: void | Promise<void> = undefined;

  constructor(out: Out) {
    this.#out = out;
  }

  take(table: PieceTable): void | Promise<void> {
    const writer = this.#writer;
    const bytes = asBuffer(table.bytes);
    writer.clear();
    for (let i = 0; i < table.count; i++) {
      const start = table.starts[i]!;
      const end = table.ends[i]!;
      if (isText(bytes, start, end)) append(writer, bytes, start, end);
      else writer.utf8(bytes.toString("hex", start, end));
      writer.u8(NEWLINE);
    }
    this.#last = this.#out.write(writer.take());
    return this.#last;
  }

  async finish(): Promise<void> {
    await this.#last;
  }
}

/** Frames of the kind in which they came; lines end with `\n`. */
export class RecordFile implements RecordOutput {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #frame: FrameKind;
  readonly #writer = new ByteWriter(2 * WRITE_BYTES);

  private constructor(file: FileHandle, path: string, frame: FrameKind) {
    this.#file = file;
    this.#path = path;
    this.#frame = frame;
  }

  /** Makes the file, or empties it. */
  static async create(path: string, frame: FrameKind): Promise<RecordFile> {
    try {
      return new RecordFile(await open(path, "w"), path, frame);
    } catch (error) {
      throw externalError("no_access", `--out ${path}: cannot be written: ${whyOf(error)}`);
    }
  }

  take(table: PieceTable): void | Promise<void> {
    const writer = this.#writer;
    const header = frameHeader(this.#frame);
    const bytes = asBuffer(table.bytes);
    for (let i = 0; i < table.count; i++) {
      const start = table.starts[i]!;
      const end = table.ends[i]!;
      if (header?.bytes === 4) writer.u32(end - start, header.littleEndian);
      else if (header?.bytes === 2) writer.u16(end - start, header.littleEndian);
      else if (header?.bytes === 1) writer.u8(end - start);
      append(writer, bytes, start, end);
      if (this.#frame === "lines") writer.u8(NEWLINE);
    }
    return writer.at < WRITE_BYTES ? undefined : this.#write();
  }

  async finish(): Promise<void> {
    await this.#write();
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const bytes = this.#writer.take();
    this.#writer.clear();
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await this.#file.write(bytes, at, bytes.length - at)).bytesWritten;
      }
    } catch (error) {
      throw externalError("disk", `--out ${this.#path}: cannot be written: ${whyOf(error)}`);
    }
  }
}

function append(writer: ByteWriter, bytes: Buffer, start: number, end: number): void {
  writer.reserve(end - start);
  bytes.copy(writer.buffer, writer.at, start, end);
  writer.at += end - start;
}

/** Whether it is UTF-8 that a terminal can be shown: no controls, which could be commands to it. */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let isAscii = true;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) return false;
    if (byte < 0x80) continue;
    // U+0080 to U+009F are controls too.
    if (byte === 0xc2 && i + 1 < end && bytes[i + 1]! < 0xa0) return false;
    isAscii = false;
  }
  return isAscii || isUtf8(bytes.subarray(start, end));
}
