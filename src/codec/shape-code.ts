/**
 * Shapes to functions. Channels with records of one shape share its encoder, so that it is compiled
 * once; decoders have texts of their own, whose caches know their channel.
 */
import { userError } from "../base/errors.ts";
import type { ByteWriter } from "../base/bytes.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";
import { KIND, type Shape } from "./shape-kinds.ts";
import { badBatch, readLeaf, tooShort, writeLeaf, type BatchBytes } from "./shape-leaf.ts";
import { decoderSource, encoderSource } from "./shape-source.ts";
import { putText, TextReader } from "./shape-text.ts";

/**
 * Writes `records[i]` and those behind it while they have the shape, at most to `end`, and until
 * `into.at` is at least `stopAt`. Returns the index of the first that was not written.
 */
export type EncodeRun = (
  records: readonly unknown[],
  i: number,
  end: number,
  into: ByteWriter,
  stopAt: number,
) => number;

/** Reads the records `[i, end)`. @throws {WallarooError} `bad_batch`, `bad_plain`, `bad_utf8` */
export type DecodeRun = (from: BatchBytes, into: unknown[], i: number, end: number) => void;

const ENCODERS_MAX = 256;
const encoders = new Map<string, EncodeRun>();

export function encoderOf(shape: Shape): EncodeRun {
  const source = encoderSource(shape);
  const known = encoders.get(source);
  if (known !== undefined) return known;
  const tools = { OBJECT: Object.prototype, putText, writeLeaf, tooLong, RECORD_BYTES_MAX };
  const encode = new Function("tools", source)(tools) as EncodeRun;
  if (encoders.size < ENCODERS_MAX) encoders.set(source, encode);
  return encode;
}

export function decoderOf(shape: Shape): DecodeRun {
  const readers = shape.kinds.map((kind) =>
    kind === KIND.text || kind === KIND.leaf ? new TextReader() : undefined,
  );
  const badBoolean = (at: number): Error => badBatch("a boolean that is neither", at);
  const tools = { readers, readLeaf, tooShort, badBoolean };
  return new Function("tools", decoderSource(shape))(tools) as DecodeRun;
}

function tooLong(size: number): Error {
  return userError("record_too_long", `record of ${size} bytes, limit ${RECORD_BYTES_MAX}`);
}
