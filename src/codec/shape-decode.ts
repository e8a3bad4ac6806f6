/**
 * Decodes the batches of one channel, in the order in which they were encoded. The bytes may be
 * anything: counts are believed only as far as there are bytes for them.
 *
 * D1. An id that no definition gave is refused.
 * D2. A batch that was refused leaves the decoder as it was.
 */
import { ByteReader } from "../base/bytes.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import { asBuffer } from "../base/line-cutter.ts";
import {
  BATCH_COUNT_MAX,
  SHAPE_FIELDS_MAX,
  SHAPE_NAME_BYTES_MAX,
  SHAPES_MAX,
} from "../model/wire-limits.ts";
import { type KeyNumbers, NumberedRecords } from "../model/source.ts";
import { decoderOf, type DecodeRun } from "./shape-code.ts";
import { FIRST_ID, TAG_DEFINE, TAG_GENERAL } from "./shape-encode.ts";
import { KEYS, readKeys } from "./shape-keys.ts";
import { checkShape, FORM, KIND, type Form, type Kind, type Shape } from "./shape-kinds.ts";
import {
  badBatch,
  readByte,
  readSizedPlain,
  readU32,
  take,
  type BatchBytes,
} from "./shape-leaf.ts";
import { NumbersReader } from "./shape-numbers.ts";
import { TextReader } from "./shape-text.ts";
import { readTimes } from "./shape-times.ts";

/** What one batch held; all of it is the receiver's to keep. */
export interface Batch {
  readonly count: number;
  readonly records: unknown[];
  /** Of each record, or of all. */
  readonly times: Float64Array | number;
  /** Perhaps the same array as `records`. */
  readonly keys: readonly unknown[] | undefined;
  readonly numbers: KeyNumbers | undefined;
}

export class ShapeDecoder {
  readonly #decoders: DecodeRun[] = [];
  readonly #keyTexts = new TextReader();
  readonly #numbers = new NumbersReader();

  /**
   * The batch that `bytes[start, end)` is.
   * @throws {WallarooError} `bad_batch`, `bad_plain`, `bad_utf8`
   */
  decodeBatch(bytes: Uint8Array, start: number, end: number): Batch {
    const known = this.#decoders.length;
    this.#numbers.begin();
    try {
      return this.#read(openBytes(bytes, start, end));
    } catch (error) {
      this.#decoders.length = known; // D2
      this.#numbers.restore();
      if (error instanceof WallarooError) throw error;
      throw badBatch(messageOf(error), start);
    }
  }

  #read(from: BatchBytes): Batch {
    const count = readU32(from);
    if (count > BATCH_COUNT_MAX) throw badBatch(`${count} records announced`, from.at - 4);
    const flags = readByte(from);
    if (flags === KEYS.numberedRecords) {
      const records = this.#numbers.readRecords(from, count, this.#keyTexts);
      const numbers = this.#numbers.taken();
      if (records !== undefined) return this.#close(from, records, records, numbers);
      return new DecodedNumbers(count, numbers, readEnd(from, count));
    }
    const records: unknown[] = [];
    while (records.length < count) this.#readRun(from, records, count);
    const keys = readKeys(flags, from, records, this.#keyTexts, this.#numbers);
    const numbers = flags === KEYS.numbered ? this.#numbers.taken() : undefined;
    return this.#close(from, records, keys, numbers);
  }

  #close(
    from: BatchBytes,
    records: unknown[],
    keys: readonly unknown[] | undefined,
    numbers?: KeyNumbers,
  ): Batch {
    const count = records.length;
    return { count, records, times: readEnd(from, count), keys, numbers };
  }

  #readRun(from: BatchBytes, records: unknown[], count: number): void {
    const tag = readByte(from);
    if (tag === TAG_DEFINE) this.#decoders.push(this.#define(from));
    const known = this.#decoders.length;
    const shape = tag === TAG_DEFINE ? known - 1 : tag - FIRST_ID;
    if (shape >= known) throw badBatch(`shape ${tag}, which was not defined`, from.at - 1); // D1
    const length = readU32(from);
    const at = records.length;
    // Every record has at least one byte.
    if (length === 0 || length > count - at || length > from.end - from.at) {
      throw badBatch(`a run of ${length} records`, from.at - 4);
    }
    if (tag !== TAG_GENERAL) this.#decoders[shape]!(from, records, at, at + length);
    else for (let i = 0; i < length; i++) records.push(readSizedPlain(from));
  }

  #define(from: BatchBytes): DecodeRun {
    if (this.#decoders.length === SHAPES_MAX) throw badBatch(`over ${SHAPES_MAX} shapes`, from.at);
    const form = readByte(from);
    const fields = readByte(from);
    if (form < FORM.object || form > FORM.bare) throw badBatch(`form ${form}`, from.at - 2);
    if (fields === 0 || fields > SHAPE_FIELDS_MAX) throw badBatch(`${fields} fields`, from.at - 1);
    const names: string[] = [];
    const kinds: Kind[] = [];
    for (let i = 0; i < fields; i++) {
      const kind = readByte(from);
      if (kind < KIND.text || kind > KIND.leaf) throw badBatch(`kind ${kind}`, from.at - 1);
      kinds.push(kind as Kind); // Checked in the line above.
      const size = readVarint(from);
      if (size > SHAPE_NAME_BYTES_MAX) throw badBatch(`a name of ${size} bytes`, from.at);
      const at = take(from, size);
      names.push(from.buffer.utf8Slice(at, at + size));
    }
    const shape: Shape = { form: form as Form, names, kinds };
    checkShape(shape);
    return decoderOf(shape);
  }
}

class DecodedNumbers extends NumberedRecords implements Batch {
  readonly times: Float64Array | number;

  constructor(count: number, numbers: KeyNumbers, times: Float64Array | number) {
    super(count, numbers);
    this.times = times;
  }
}

/** The times, with which a batch ends. */
function readEnd(from: BatchBytes, count: number): Float64Array | number {
  const times = readTimes(from, count);
  if (from.at !== from.end) throw badBatch(`${from.end - from.at} bytes too many`, from.at);
  return times;
}

function openBytes(bytes: Uint8Array, start: number, end: number): BatchBytes {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  return { bytes, buffer: asBuffer(bytes), view, end: Math.min(end, bytes.length), at: start };
}

function readVarint(from: BatchBytes): number {
  const reader = new ByteReader(from.bytes, from.at, from.end);
  const value = reader.varint();
  from.at = reader.at;
  return value;
}
