/**
 * Reads a ZIP by its directory, piece by piece: what it says of itself is bounded and compared
 * before it is believed. Nothing of ZIP64, encryption or several volumes.
 *
 * Z1. An entry is what the directory says: its own header must tell the same name.
 * Z2. No entry gives more bytes than the directory says, whatever it is packed as.
 */
import { Inflate } from "fflate";
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";
import { ZIP_DIRECTORY_BYTES_MAX } from "../model/limits.ts";
import type { DiskFile } from "../ports/disk.ts";

export interface ZipEntry {
  readonly name: string;
  /** Unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly isDeflated: boolean;
  readonly crc32: number;
  /** Of its own header. */
  readonly offset: number;
}

const END_BYTES = 22;
const COMMENT_MAX = 65_535;
const DIRECTORY_HEAD = 46;
const ENTRY_HEAD = 30;
const PIECE_BYTES = 1024 * 1024;

export class ZipReader {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #file: DiskFile;
  readonly #path: string;
  /** Where the directory starts: entries end before. */
  readonly #end: number;

  private constructor(file: DiskFile, path: string, found: Directory) {
    this.#file = file;
    this.#path = path;
    this.#end = found.offset;
    this.entries = found.entries;
  }

  /** `path`: for messages. @throws {WallarooError} `bad_zip` */
  static async open(file: DiskFile, path: string): Promise<ZipReader> {
    return new ZipReader(file, path, await readDirectory(file, path));
  }

  /** Gives all bytes of an entry, in order. @throws {WallarooError} `bad_zip` */
  async read(entry: ZipEntry, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const { name, size, packedSize, isDeflated } = entry;
    const start = await this.#dataOf(entry);
    let got = 0;
    const pieces: Uint8Array[] = [];
    const inflate = isDeflated ? new Inflate((bytes) => void pieces.push(bytes)) : undefined;
    for (let at = 0; at < packedSize;) {
      const piece = await readPart(this.#file, start + at, Math.min(PIECE_BYTES, packedSize - at));
      if (piece.length === 0) throw badZip(this.#path, `${name} is cut off`);
      at += piece.length;
      if (inflate === undefined) pieces.push(piece);
      else this.#inflate(inflate, piece, at === packedSize, name);
      for (const bytes of pieces.splice(0)) {
        got += bytes.length;
        if (got > size) throw badZip(this.#path, `${name} has more than its ${size} bytes`); // Z2
        await take(bytes);
      }
    }
    if (got !== size) throw badZip(this.#path, `${name} has ${got} bytes instead of ${size}`);
  }

  #inflate(inflate: Inflate, piece: Uint8Array, isLast: boolean, name: string): void {
    try {
      inflate.push(piece, isLast);
    } catch (error) {
      throw badZip(this.#path, `${name} cannot be unpacked: ${messageOf(error)}`);
    }
  }

  /** Where the bytes of an entry start. */
  async #dataOf({ name, offset, packedSize }: ZipEntry): Promise<number> {
    const head = await readPart(this.#file, offset, ENTRY_HEAD);
    const view = viewOf(head);
    if (head.length < ENTRY_HEAD || view.getUint32(0, true) !== 0x04034b50) {
      throw badZip(this.#path, `${name} is not where the directory says`);
    }
    const nameSize = view.getUint16(26, true);
    const own = textOf(await readPart(this.#file, offset + ENTRY_HEAD, nameSize));
    const isSame = own === name;
    if (!isSame) throw badZip(this.#path, `${name} is called ${own.slice(0, 200)} there`); // Z1
    const start = offset + ENTRY_HEAD + nameSize + view.getUint16(28, true);
    if (start + packedSize > this.#end) throw badZip(this.#path, `${name} is cut off`);
    return start;
  }
}

interface Directory {
  readonly offset: number;
  readonly entries: ReadonlyMap<string, ZipEntry>;
}

async function readDirectory(file: DiskFile, path: string): Promise<Directory> {
  const { size: fileSize } = await file.stat();
  const tailSize = Math.min(fileSize, END_BYTES + COMMENT_MAX);
  const tail = await readPart(file, fileSize - tailSize, tailSize);
  const end = findEnd(tail);
  if (end === undefined) throw badZip(path, "it is no ZIP, or it is cut off");
  const view = viewOf(tail);
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    throw badZip(path, "it is a ZIP64, which is not read");
  }
  if (size > ZIP_DIRECTORY_BYTES_MAX) {
    throw badZip(path, `its directory has ${size} bytes, limit ${ZIP_DIRECTORY_BYTES_MAX}`);
  }
  if (offset + size > fileSize - tailSize + end) throw badZip(path, "its directory is cut off");
  const bytes = await readPart(file, offset, size);
  return { offset, entries: entriesOf(bytes, count, path) };
}

/** The end record is the last thing, behind it only a comment whose length it tells. */
function findEnd(tail: Uint8Array): number | undefined {
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) === tail.length) return at;
  }
  return undefined;
}

function entriesOf(bytes: Uint8Array, count: number, path: string): Map<string, ZipEntry> {
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + DIRECTORY_HEAD > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw badZip(path, `entry ${i + 1} of its directory is damaged`);
    }
    const next = at + DIRECTORY_HEAD + tailOf(view, at);
    if (next > bytes.length) throw badZip(path, `entry ${i + 1} of its directory is cut off`);
    const entry = entryAt(bytes, at, path);
    if (entries.has(entry.name)) throw badZip(path, `it has ${entry.name} twice`);
    entries.set(entry.name, entry);
    at = next;
  }
  if (at !== bytes.length) throw badZip(path, "its directory has more than its entries");
  return entries;
}

/** Of name, extra field and comment. */
function tailOf(view: DataView, at: number): number {
  return (
    view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  );
}

function entryAt(bytes: Uint8Array, at: number, path: string): ZipEntry {
  const view = viewOf(bytes);
  const nameSize = view.getUint16(at + 28, true);
  const name = textOf(bytes.subarray(at + DIRECTORY_HEAD, at + DIRECTORY_HEAD + nameSize));
  const isEncrypted = (view.getUint16(at + 8, true) & 1) !== 0;
  if (isEncrypted) throw badZip(path, `${name} is encrypted: unpack it and pack it anew without`);
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8) {
    throw badZip(path, `${name} is packed by method ${method}; only stored and deflated are read`);
  }
  const packedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  if (method === 0 && packedSize !== size) throw badZip(path, `${name} has two sizes`);
  const crc32 = view.getUint32(at + 16, true);
  const offset = view.getUint32(at + 42, true);
  return { name, size, packedSize, isDeflated: method === 8, crc32, offset };
}

function badZip(path: string, why: string): WallarooError {
  return externalError("bad_zip", `${path} cannot be read: ${why}`);
}

async function readPart(file: DiskFile, start: number, size: number): Promise<Uint8Array> {
  const into = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const count = await file.read(into.subarray(at), size - at, start + at);
    if (count === 0) break;
    at += count;
  }
  return into.subarray(0, at);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
