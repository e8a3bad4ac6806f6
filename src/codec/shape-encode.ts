/**
 * Encodes the batches of one channel, and learns the shapes of its records.
 *
 * A batch is: u32 count, u8 where its keys are, runs, the keys (`shape-keys.ts`), the times. A run
 * is a tag byte, a u32 number of records, and the records. Tag 0 is the general form; tag 1 is
 * followed by the definition of the shape that gets the next id, from 2 on; others are the
 * id of a shape.
 *
 * E1. A shape is defined on the wire in the batch that first uses it: a batch that fails leaves no
 *     shape behind.
 * E2. Ids are given in order and are never changed: a shape that was widened gets a new one.
 */
import type { ByteWriter } from "../base/bytes.ts";
import { hasToPlain, TO_PLAIN } from "../base/to-plain.ts";
import type { KeyNumbers } from "../model/source.ts";
import { BATCH_BYTES_TARGET, BATCH_COUNT_MAX, SHAPES_MAX } from "../model/wire-limits.ts";
import { encoderOf, type EncodeRun } from "./shape-code.ts";
import { familyText, isSameFamily, shapeOf, widen, type Shape } from "./shape-kinds.ts";
import { KEYS, writeKeys } from "./shape-keys.ts";
import { writeSizedPlain } from "./shape-leaf.ts";
import { hasNumbers, NumbersWriter } from "./shape-numbers.ts";
import { writeTimes } from "./shape-times.ts";

export const TAG_GENERAL = 0;
export const TAG_DEFINE = 1;
export const FIRST_ID = 2;
const HEADER_BYTES = 5;
/** Families seen once and not learned yet. */
const CANDIDATES = 8;

interface Known {
  readonly id: number;
  readonly shape: Shape;
  readonly encode: EncodeRun;
}

export class ShapeEncoder {
  /** Those in use, the one used last first. */
  #known: Known[] = [];
  #nextId = FIRST_ID;
  readonly #numbers = new NumbersWriter();
  #candidates: string[] = [];

  /**
   * Appends one batch: `records[start, count)` with their times, or the one of all, and keys, or as
   * many of them as make `bytesMax` bytes, at least one. Where `numbers` have the texts, records
   * and keys are not looked at. Returns the index behind the last that was
   * taken. After an error `into` is as it was.
   * @throws {WallarooError} `not_plain`, `record_too_long`
   */
  encodeBatch(
    records: readonly unknown[],
    times: ArrayLike<number> | number,
    keys: readonly unknown[] | undefined,
    count: number,
    into: ByteWriter,
    start = 0,
    bytesMax: number = BATCH_BYTES_TARGET,
    numbers?: KeyNumbers,
  ): number {
    const before = into.at;
    const known = this.#known;
    const nextId = this.#nextId;
    const given = this.#numbers.state();
    const last = Math.min(count, start + BATCH_COUNT_MAX);
    try {
      into.reserve(HEADER_BYTES);
      into.at += HEADER_BYTES;
      let end: number;
      let how: number;
      if (numbers?.texts !== undefined) {
        end = this.#numbers.writeTexts(
          numbers,
          numbers.texts,
          start,
          last,
          into,
          before + bytesMax,
        );
        how = KEYS.numberedRecords;
      } else if (numbers !== undefined && keys === records && hasNumbers(numbers, start, last)) {
        end = this.#numbers.write(numbers, keys, start, last, into, before + bytesMax);
        how = KEYS.numberedRecords;
      } else {
        end = this.#runs(records, start, last, into, before + bytesMax);
        const of = numbers !== undefined && hasNumbers(numbers, start, end) ? numbers : undefined;
        how = writeKeys(keys, records, start, end, into, of, this.#numbers);
      }
      into.patchU32(before, end - start);
      into.patchU8(before + 4, how);
      writeTimes(times, start, end, into);
      return end;
    } catch (error) {
      into.at = before;
      this.#known = known; // E1
      this.#nextId = nextId;
      this.#numbers.restore(given);
      throw error;
    }
  }

  #runs(
    records: readonly unknown[],
    start: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    let i = start;
    while (i < end && (i === start || into.at < stopAt)) {
      let next = this.#known.length === 0 ? i : this.#knownRun(records, i, end, into, stopAt);
      if (next === i) next = this.#otherRun(records, i, end, into, stopAt);
      i = next;
    }
    return i;
  }

  /** A run of the first shape that the record at `i` has; `i` when it has none of them. */
  #knownRun(
    records: readonly unknown[],
    i: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    const known = this.#known;
    for (let k = 0; k < known.length; k++) {
      const candidate = known[k]!;
      const next = writeRun(candidate, records, i, end, into, stopAt);
      if (next === i) continue;
      if (k > 0) this.#known = [candidate, ...known.filter((other) => other !== candidate)];
      return next;
    }
    return i;
  }

  /** A run of a shape that was just learned, or one record in the general form. */
  #otherRun(
    records: readonly unknown[],
    i: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    const record = records[i];
    if (isView(record)) return this.#viewRun(records, i, end, into, stopAt);
    const learned = this.#learn(record);
    if (learned !== undefined) {
      const at = into.at;
      into.u8(TAG_DEFINE);
      writeDefinition(learned.shape, into);
      const next = writeRecords(learned, records, i, end, into, stopAt);
      if (next > i) {
        this.#known = [learned, ...this.#known.filter((other) => !replaces(learned, other))];
        this.#nextId = learned.id + 1; // E2
        return next;
      }
      into.at = at;
    }
    writeGeneral(record, into);
    return i + 1;
  }

  /** Records that are read straight from bytes: written as the plain objects they stand for. */
  #viewRun(
    records: readonly unknown[],
    i: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    const plain: unknown[] = [];
    for (let k = i; k < end; k++) {
      const record = records[k];
      if (!isView(record)) break;
      const object = record[TO_PLAIN]();
      // What stands for another one is left to the general form, which knows how deep it may go.
      if (isView(object)) break;
      plain.push(object);
    }
    if (plain.length > 0) return i + this.#runs(plain, 0, plain.length, into, stopAt);
    writeGeneral(records[i], into);
    return i + 1;
  }

  #learn(record: unknown): Known | undefined {
    if (this.#nextId === FIRST_ID + SHAPES_MAX) return undefined;
    const shape = shapeOf(record);
    if (shape === undefined) return undefined;
    const relative = this.#known.find((known) => isSameFamily(known.shape, shape));
    if (relative === undefined && !this.#isFrequent(shape)) return undefined;
    const wide = relative === undefined ? shape : widen(relative.shape, shape);
    if (relative !== undefined && wide.kinds.every((kind, k) => kind === relative.shape.kinds[k])) {
      return undefined; // It has a text that no shape can write.
    }
    return { id: this.#nextId, shape: wide, encode: encoderOf(wide) };
  }

  /** The first family at once, others when they come again: names may be data. */
  #isFrequent(shape: Shape): boolean {
    const text = familyText(shape);
    if (this.#nextId === FIRST_ID || this.#candidates.includes(text)) return true;
    if (this.#candidates.push(text) > CANDIDATES) this.#candidates.shift();
    return false;
  }
}

function writeGeneral(record: unknown, into: ByteWriter): void {
  into.u8(TAG_GENERAL);
  into.u32(1);
  writeSizedPlain(record, into);
}

function replaces(learned: Known, other: Known): boolean {
  return isSameFamily(learned.shape, other.shape);
}

function isView(record: unknown): record is { [TO_PLAIN](): unknown } {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return false;
  return hasToPlain(record);
}

function writeRun(
  known: Known,
  records: readonly unknown[],
  i: number,
  end: number,
  into: ByteWriter,
  stopAt: number,
): number {
  const at = into.at;
  into.u8(known.id);
  const next = writeRecords(known, records, i, end, into, stopAt);
  if (next === i) into.at = at;
  return next;
}

function writeRecords(
  { encode }: Known,
  records: readonly unknown[],
  i: number,
  end: number,
  into: ByteWriter,
  stopAt: number,
): number {
  const at = into.at;
  into.u32(0);
  const next = encode(records, i, end, into, stopAt);
  into.patchU32(at, next - i);
  return next;
}

function writeDefinition({ form, names, kinds }: Shape, into: ByteWriter): void {
  into.u8(form);
  into.u8(kinds.length);
  for (let i = 0; i < kinds.length; i++) {
    into.u8(kinds[i]!);
    into.string(names[i]!);
  }
}
