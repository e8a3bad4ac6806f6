/**
 * What an exit gathers for one instance, as columns: a batch is made of them without looking at
 * any record again.
 *
 * G1. Columns that say nothing are not made: keys that are the records, times that are all alike.
 * G2. As long as each record is a text that is its own key and has a number, the numbers are all.
 */
import type { Key } from "../model/key.ts";
import { BATCH_RECORDS_MAX } from "../model/limits.ts";
import { type ExchangeBatch, KeyMemo, NO_NUMBER, NumberedBatch } from "../model/source.ts";
import type { ChannelOut } from "./channel.ts";

/** Whether records go with their keys; `numbered`: a key alone says which instance it goes to, so
 *  that it has a number on the channel there. */
export type KeysOnTheWay = "none" | "carried" | "numbered";

/** Room for records after a batch that was not larger. */
const FEW = 64;

export class Gathered {
  readonly channel: ChannelOut;
  isBlocked = false;
  /** Records that were handed to the channel. */
  sent = 0;
  readonly #isKeyed: boolean;
  readonly #memo = new KeyMemo();
  count = 0;
  /** By their numbers. */
  #texts: readonly string[] = [];
  /** Absent as long as each record is a text that is its own key and has a number. Longer than
   *  there are records: to push one costs twice as much as to put it in. */
  #records: unknown[] | undefined;
  /** The same array as the records, as long as each record is a text that is its own key. */
  #keys: unknown[] | undefined;
  #room = FEW;
  #time = 0;
  #times: Float64Array | undefined = undefined;
  #numbers: Uint16Array | undefined;

  constructor(channel: ChannelOut, keys: KeysOnTheWay) {
    this.channel = channel;
    this.#isKeyed = keys !== "none";
    this.#numbers = keys === "numbered" ? new Uint16Array(BATCH_RECORDS_MAX) : undefined;
  }

  add(record: unknown, time: number, key: Key, number: number): void {
    const at = this.count++;
    if (at === 0) this.#time = time;
    else if (time !== this.#time || this.#times !== undefined) this.#addTime(at, time);
    const numbers = this.#numbers;
    if (numbers !== undefined) {
      if (at < numbers.length) numbers[at] = number;
      else this.#addNumber(at, number);
      // Only texts have numbers. G2
      if (this.#records === undefined && number !== NO_NUMBER && key === record) return;
    }
    const records = this.#records ?? this.#spell(at);
    if (this.#isKeyed && (this.#keys !== records || !isSameText(key, record)))
      this.#addKey(at, key);
    records[at] = record;
  }

  /** The numbers of what is gathered mean nothing any more; `texts` are those from here on. */
  begin(texts: readonly string[]): void {
    if (this.count > 0 && this.#records === undefined) this.#spell(this.count);
    this.#numbers?.fill(NO_NUMBER, 0, this.count);
    this.#texts = texts;
  }

  /** All of it, as a batch; there is some. `edition` is that of the numbers. */
  take(edition: number): ExchangeBatch {
    const { count } = this;
    const [time, times, records] = [this.#time, this.#times, this.#records];
    const keys = this.#isKeyed ? this.#keys : undefined;
    this.#room = count > FEW ? BATCH_RECORDS_MAX : FEW;
    this.count = 0;
    this.#times = undefined;
    this.#records = undefined;
    this.#keys = undefined;
    this.sent += count;
    if (this.#numbers === undefined) {
      return { count, records: records!, times, keys, numbers: undefined, time, next: undefined };
    }
    const of = { edition, numbers: this.#numbers, memo: this.#memo };
    this.#numbers = new Uint16Array(BATCH_RECORDS_MAX);
    if (records !== undefined) {
      return { count, records, times, keys, numbers: of, time, next: undefined };
    }
    return new NumberedBatch(count, { ...of, texts: this.#texts }, time, times);
  }

  /** Makes the column of records, with what was gathered until now. */
  #spell(count: number): unknown[] {
    const records = new Array<unknown>(Math.max(this.#room, count));
    for (let i = 0; i < count; i++) records[i] = this.#texts[this.#numbers![i]!];
    this.#records = records;
    this.#keys = records;
    return records;
  }

  #addTime(at: number, time: number): void {
    let times = this.#times;
    if (times === undefined) {
      times = new Float64Array(Math.max(BATCH_RECORDS_MAX, at * 2)).fill(this.#time, 0, at);
    } else if (at === times.length) {
      times = longer(times, new Float64Array(at * 2));
    }
    times[at] = time;
    this.#times = times;
  }

  #addNumber(at: number, number: number): void {
    const numbers = longer(this.#numbers!, new Uint16Array(at * 2));
    numbers[at] = number;
    this.#numbers = numbers;
  }

  #addKey(at: number, key: Key): void {
    if (this.#keys === this.#records) this.#keys = this.#records!.slice();
    this.#keys![at] = key;
  }
}

function isSameText(key: Key, record: unknown): boolean {
  return typeof key === "string" && key === record;
}

function longer<T extends Float64Array | Uint16Array>(before: T, next: T): T {
  next.set(before);
  return next;
}
