/**
 * Keys as numbers: a text that comes again on a channel is two bytes. In the order of the records,
 * each is a u16; where that is the number that comes next, or `NO_NUMBER`, the key follows as a
 * leaf. A byte before the column says whether numbers begin anew.
 *
 * Both ends count alike: batches are decoded once each and in order. What a batch that failed gave
 * or took is forgotten.
 */
import type { ByteWriter } from "../base/bytes.ts";
import { KeyMemo, type KeyNumbers, NO_NUMBER, textsByNumber } from "../model/source.ts";
import { KNOWN_KEY_UNITS_MAX, KNOWN_KEYS_MAX } from "../model/wire-limits.ts";
import {
  badBatch,
  readByte,
  readLeaf,
  tooShort,
  writeLeaf,
  type BatchBytes,
} from "./shape-leaf.ts";
import type { TextReader } from "./shape-text.ts";

const NUMBER_BYTES = 2;
const NO_NUMBERS = new Uint16Array(0);

/** Whether any of these keys has a number: else they are written as if there were none. */
export function hasNumbers({ numbers }: KeyNumbers, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (numbers[i] !== NO_NUMBER) return true;
  return false;
}

/** Numbers that the other end has. */
export class NumbersWriter {
  #edition = 0;
  #next = 0;

  /** As `write`, where the keys are all `texts`, by their numbers. */
  writeTexts(
    given: KeyNumbers,
    texts: readonly string[],
    start: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    const size = (end - start) * NUMBER_BYTES;
    const isAllKnown = given.edition === this.#edition && texts.length === this.#next;
    if (!isAllKnown || into.at + size > stopAt) {
      return this.write(given, textsByNumber(given, texts, end), start, end, into, stopAt);
    }
    const { numbers } = given;
    into.u8(0);
    into.reserve(size);
    const { buffer } = into;
    let { at } = into;
    for (let i = start; i < end; i++) {
      const number = numbers[i]!;
      buffer[at] = number >>> 8;
      buffer[at + 1] = number;
      at += NUMBER_BYTES;
    }
    into.at = at;
    return end;
  }

  /** Writes keys of `[start, end)` until `into.at` is at least `stopAt`; one at least. Returns the
   *  index behind the last. */
  write(
    { edition, numbers }: KeyNumbers,
    keys: readonly unknown[],
    start: number,
    end: number,
    into: ByteWriter,
    stopAt: number,
  ): number {
    const isAnew = edition !== this.#edition;
    if (isAnew) {
      this.#edition = edition;
      this.#next = 0;
    }
    into.u8(isAnew ? 1 : 0);
    into.reserve((end - start) * 2);
    let { view, at } = into;
    let next = this.#next;
    let i = start;
    for (; i < end && (at < stopAt || i === start); i++) {
      const number = numbers[i]!;
      // One that was given while keys were written in another way is not known over there.
      view.setUint16(at, number <= next ? number : NO_NUMBER);
      at += 2;
      if (number < next) continue;
      into.at = at;
      writeLeaf(keys[i], into);
      into.reserve((end - i) * 2);
      ({ view, at } = into);
      if (number === next) next++;
    }
    into.at = at;
    this.#next = next;
    return i;
  }

  /** For `restore`. */
  state(): readonly [edition: number, next: number] {
    return [this.#edition, this.#next];
  }

  restore([edition, next]: readonly [edition: number, next: number]): void {
    this.#edition = edition;
    this.#next = next;
  }
}

export class NumbersReader {
  readonly #memo = new KeyMemo();
  #edition = 0;
  #editionBefore = 0;
  #numbers = NO_NUMBERS;
  #texts: string[] = [];
  #before: string[] = this.#texts;
  #known = 0;
  /** Of records that were read last. */
  #isAllKnown = false;

  /** A batch begins, which may be refused. */
  begin(): void {
    this.#before = this.#texts;
    this.#known = this.#texts.length;
    this.#editionBefore = this.#edition;
  }

  /** Reads `count` keys. @throws {WallarooError} `bad_batch`, `bad_plain`, `bad_utf8` */
  read(from: BatchBytes, count: number, texts: TextReader): unknown[] {
    const keys = this.readRecords(from, count, texts);
    this.#isAllKnown = false; // They are not the records.
    return keys ?? textsByNumber({ numbers: this.#numbers }, this.#texts, count);
  }

  /** As `read`; undefined where all are known: then `taken` has the texts. */
  readRecords(from: BatchBytes, count: number, texts: TextReader): unknown[] | undefined {
    const isAnew = readByte(from);
    if (isAnew > 1) throw badBatch("numbers that may begin anew", from.at - 1);
    if (isAnew === 1) {
      this.#texts = [];
      this.#edition++;
    }
    if (count * NUMBER_BYTES > from.end - from.at) throw tooShort(from.at);
    this.#numbers = new Uint16Array(count);
    const known = this.#readKnown(from, count);
    this.#isAllKnown = known === count;
    return this.#isAllKnown ? undefined : this.#readOthers(from, known, count, texts);
  }

  /** Of what was read last. */
  taken(): KeyNumbers {
    const texts = this.#isAllKnown ? this.#texts : undefined;
    return { edition: this.#edition, numbers: this.#numbers, memo: this.#memo, texts };
  }

  /** Reads numbers up to the first that is not known, or `count`. Returns how many. */
  #readKnown(from: BatchBytes, count: number): number {
    const { buffer } = from;
    const numbers = this.#numbers;
    const known = this.#texts.length;
    let { at } = from;
    let i = 0;
    for (; i < count; i++) {
      const number = (buffer[at]! << 8) | buffer[at + 1]!;
      if (number >= known) break;
      numbers[i] = number;
      at += NUMBER_BYTES;
    }
    from.at = at;
    return i;
  }

  #readOthers(from: BatchBytes, first: number, count: number, texts: TextReader): unknown[] {
    const { buffer, end } = from;
    const numbers = this.#numbers;
    const known = this.#texts;
    const keys = new Array<unknown>(count);
    for (let i = 0; i < first; i++) keys[i] = known[numbers[i]!];
    let { at } = from;
    for (let i = first; i < count; i++) {
      if (end - at < NUMBER_BYTES) throw tooShort(at);
      const number = (buffer[at]! << 8) | buffer[at + 1]!;
      at += NUMBER_BYTES;
      numbers[i] = number;
      if (number < known.length) {
        keys[i] = known[number];
        continue;
      }
      from.at = at;
      keys[i] = this.#other(number, from, texts);
      at = from.at;
    }
    from.at = at;
    return keys;
  }

  #other(number: number, from: BatchBytes, texts: TextReader): unknown {
    const known = this.#texts;
    if (number !== NO_NUMBER && number !== known.length) {
      throw badBatch(`key ${number}, which was not given`, from.at - 2);
    }
    const key = readLeaf(from, texts);
    if (number === NO_NUMBER) return key;
    if (known.length === KNOWN_KEYS_MAX) throw badBatch(`over ${KNOWN_KEYS_MAX} keys`, from.at);
    if (typeof key !== "string" || key.length > KNOWN_KEY_UNITS_MAX) {
      throw badBatch("a number for what is no short text", from.at);
    }
    known.push(key);
    return key;
  }

  /** The batch that was begun last is refused. */
  restore(): void {
    this.#edition = this.#editionBefore;
    this.#texts = this.#before;
    this.#texts.length = this.#known;
  }
}
