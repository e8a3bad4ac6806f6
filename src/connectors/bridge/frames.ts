/**
 * The connector protocol, version 3, byte for byte: what a frame says, and its bytes. Both sides
 * speak it: producers to a source, and a sink to its receiver. All numbers are big endian.
 */
import { unreachable } from "../../base/assert.ts";
import type { ByteWriter } from "../../base/bytes.ts";
import { asBuffer } from "../../base/line-cutter.ts";
import { externalError } from "../../base/errors.ts";

/** The tags of frames: pinned, since clients that exist send them. */
export const TAG = {
  hello: 0,
  ok: 1,
  error: 2,
  notify: 3,
  notifyAck: 4,
  message: 5,
  ack: 6,
  restart: 7,
  eos: 8,
} as const;

/** What a producer says in its HELLO to a source. */
export const SOURCE_VERSION = "0.0.1";
/** What a sink says in its HELLO to a receiver. */
export const SINK_VERSION = "v0.0.1";
/** The point of reference of a stream of which nothing is durable. */
export const NOTHING_YET = 0xffff_ffff_ffff_ffffn;
/** A frame's length, and the length of a text in it. */
export const LENGTH_BYTES = 4;
/** The longest text of a frame: its length has two bytes. */
export const TEXT_BYTES_MAX = 0xffff;
/** A MESSAGE around its key and content: tag, stream, id, event time, length of the key. */
export const MESSAGE_HEAD_BYTES = 1 + 8 + 8 + 8 + 2;
const ACK_ENTRY_BYTES = 16;

export interface Hello {
  readonly type: "hello";
  readonly version: string;
  readonly cookie: string;
  readonly program: string;
  readonly instance: string;
}

export interface Notify {
  readonly type: "notify";
  readonly stream: bigint;
  readonly name: string;
  readonly pointOfRef: bigint;
}

export interface Message {
  readonly type: "message";
  readonly stream: bigint;
  readonly id: bigint;
  readonly eventTime: bigint;
  /** Empty: it has none. */
  readonly key: Uint8Array;
  readonly content: Uint8Array;
}

/** A stream, and the last message of it that is meant. */
export type Reference = readonly [stream: bigint, pointOfRef: bigint];

export type Frame =
  | Hello
  | { readonly type: "ok"; readonly credits: number }
  | { readonly type: "error"; readonly text: string }
  | Notify
  | {
      readonly type: "notifyAck";
      readonly isGranted: boolean;
      readonly stream: bigint;
      readonly pointOfRef: bigint;
    }
  | Message
  | { readonly type: "ack"; readonly credits: number; readonly streams: readonly Reference[] }
  /** `host:port`, or empty. */
  | { readonly type: "restart"; readonly address: string }
  | { readonly type: "eos"; readonly stream: bigint };

/** Appends a frame with its length. A text that is too long is cut at its bound. */
export function writeFrame(frame: Frame, into: ByteWriter): void {
  const at = into.at;
  into.u32(0);
  into.u8(TAG[frame.type]);
  writeBody(frame, into);
  into.patchU32(at, into.at - at - LENGTH_BYTES);
}

/** Reads a frame without its length. @throws {WallarooError} `bad_frame` */
export function readFrame(bytes: Uint8Array, start: number, end: number): Frame {
  const fields = new Fields(bytes, start, end);
  const frame = readBody(fields.u8(), fields);
  if (frame.type !== "message") fields.finish(frame.type);
  return frame;
}

function writeBody(frame: Frame, into: ByteWriter): void {
  switch (frame.type) {
    case "hello":
      for (const text of [frame.version, frame.cookie, frame.program, frame.instance]) {
        writeText(text, into);
      }
      return;
    case "ok":
      into.u32(frame.credits);
      return;
    case "error":
      writeText(frame.text, into);
      return;
    case "notify":
      into.u64(frame.stream);
      writeText(frame.name, into);
      into.u64(frame.pointOfRef);
      return;
    case "notifyAck":
      into.u8(frame.isGranted ? 1 : 0);
      into.u64(frame.stream);
      into.u64(frame.pointOfRef);
      return;
    case "message":
      into.u64(frame.stream);
      into.u64(frame.id);
      into.i64(frame.eventTime);
      into.u16(frame.key.length);
      into.bytes(frame.key);
      into.bytes(frame.content);
      return;
    case "ack":
      into.u32(frame.credits);
      into.u32(frame.streams.length);
      for (const [stream, pointOfRef] of frame.streams) {
        into.u64(stream);
        into.u64(pointOfRef);
      }
      return;
    case "restart":
      into.u32(Buffer.byteLength(frame.address));
      into.utf8(frame.address);
      return;
    case "eos":
      into.u64(frame.stream);
      return;
    default:
      unreachable(frame);
  }
}

function readBody(tag: number, from: Fields): Frame {
  switch (tag) {
    case TAG.hello:
      return {
        type: "hello",
        version: from.text(),
        cookie: from.text(),
        program: from.text(),
        instance: from.text(),
      };
    case TAG.ok:
      return { type: "ok", credits: from.u32() };
    case TAG.error:
      return { type: "error", text: from.text() };
    case TAG.notify:
      return { type: "notify", stream: from.u64(), name: from.text(), pointOfRef: from.u64() };
    case TAG.notifyAck:
      return {
        type: "notifyAck",
        isGranted: from.flag(),
        stream: from.u64(),
        pointOfRef: from.u64(),
      };
    case TAG.message:
      return {
        type: "message",
        stream: from.u64(),
        id: from.u64(),
        eventTime: from.i64(),
        key: from.bytes(from.u16()),
        content: from.rest(),
      };
    case TAG.ack:
      return { type: "ack", credits: from.u32(), streams: readReferences(from) };
    case TAG.restart:
      // Clients take an empty body, too.
      return { type: "restart", address: from.left === 0 ? "" : from.utf8(from.u32()) };
    case TAG.eos:
      return { type: "eos", stream: from.u64() };
    default:
      throw badFrame(`tag ${tag}: 0 to 8 are known`);
  }
}

function readReferences(from: Fields): readonly Reference[] {
  const count = from.u32();
  // Before anything is made of a number that a stranger sent.
  from.need(count * ACK_ENTRY_BYTES);
  return Array.from({ length: count }, (): Reference => [from.u64(), from.u64()]);
}

/** A text with its length in two bytes; what is longer is cut, at a whole character. */
export function writeText(text: string, into: ByteWriter): void {
  const at = into.at;
  into.u16(0);
  const size = into.utf8(text);
  if (size <= TEXT_BYTES_MAX) {
    into.patchU16(at, size);
    return;
  }
  let end = TEXT_BYTES_MAX;
  while (end > 0 && (into.buffer[at + 2 + end]! & 0xc0) === 0x80) end--;
  into.at = at + 2 + end;
  into.patchU16(at, end);
}

/** Reads fields one after the other, within the frame. */
export class Fields {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#buffer = asBuffer(bytes);
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** @throws {WallarooError} `bad_frame` unless so many bytes are left */
  need(count: number): void {
    if (count > this.left) throw badFrame(`${count} bytes wanted, ${this.left} left`);
  }

  u8(): number {
    return this.#buffer[this.#take(1)]!;
  }

  /** Any byte but 0 is true, as for the clients that exist. */
  flag(): boolean {
    return this.u8() !== 0;
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#take(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#take(4));
  }

  u64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#take(8));
  }

  i64(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8));
  }

  /** A copy. */
  bytes(count: number): Uint8Array {
    const start = this.#take(count);
    return Uint8Array.prototype.slice.call(this.#buffer, start, start + count);
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  utf8(count: number): string {
    const start = this.#take(count);
    return this.#buffer.utf8Slice(start, start + count);
  }

  text(): string {
    return this.utf8(this.u16());
  }

  /** @throws {WallarooError} `bad_frame` when something is left */
  finish(what: string): void {
    if (this.left > 0) throw badFrame(`${this.left} bytes too many in ${what}`);
  }

  #take(count: number): number {
    this.need(count);
    const start = this.#at;
    this.#at += count;
    return start;
  }
}

export function badFrame(what: string): Error {
  return externalError("bad_frame", `no frame of the connector protocol: ${what}`);
}
