/**
 * What an exit gathers for one instance, as columns: a batch is made of them without looking at
 * any record again.
 *
 * G1. Columns that say nothing are not made: keys that are the records, times that are all alike.
 */
import type { Key } from "../model/key.ts";
import { BATCH_RECORDS_MAX } from "../model/limits.ts";
import { type ExchangeBatch, KeyMemo, NO_NUMBER } from "../model/source.ts";
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
  /** Longer than there are records: to push one costs twice as much as to put it in. */
  #records: unknown[] = new Array<unknown>(FEW);
  /** The same array as the records, as long as each record is a text that is its own key. */
  #keys: unknown[] = this.#records;
  #time = 0;
  #times: Float64Array | undefined = undefined;
  #numbers: Uint16Array | undefined;

  constructor(channel: ChannelOut, keys: KeysOnTheWay) {
    this.channel = channel;
    this.#isKeyed = keys !== "none";
    this.#numbers = keys === "numbered" ? new Uint16Array(BATCH_RECORDS_MAX) : undefined;
  }

  add(record: unknown, time: number, key: Key, number: number): void {
    const records = this.#records;
    const at = this.count++;
    if (at === 0) this.#time = time;
    else if (time !== this.#time || this.#times !== undefined) this.#addTime(at, time);
    const numbers = this.#numbers;
    if (numbers !== undefined) {
      if (at < numbers.length) numbers[at] = number;
      else this.#addNumber(at, number);
    }
    if (this.#isKeyed && (this.#keys !== records || !isSameText(key, record)))
      this.#addKey(at, key);
    records[at] = record;
  }

  /** The numbers of what is gathered mean nothing any more. */
  dropNumbers(): void {
    this.#numbers?.fill(NO_NUMBER, 0, this.count);
  }

  /** All of it, as a batch; there is some. `edition` is that of the numbers. */
  take(edition: number): ExchangeBatch {
    const records = this.#records;
    const { count } = this;
    const keys = this.#isKeyed ? this.#keys : undefined;
    const times = this.#times;
    const numbers = this.#numbers && { edition, numbers: this.#numbers, memo: this.#memo };
    this.#records = new Array<unknown>(count > FEW ? BATCH_RECORDS_MAX : FEW);
    this.count = 0;
    this.#keys = this.#records;
    this.#times = undefined;
    if (numbers !== undefined) this.#numbers = new Uint16Array(BATCH_RECORDS_MAX);
    this.sent += count;
    return { count, records, times, keys, numbers, time: this.#time, next: undefined };
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
    if (this.#keys === this.#records) this.#keys = this.#records.slice();
    this.#keys[at] = key;
  }
}

function isSameText(key: Key, record: unknown): boolean {
  return typeof key === "string" && key === record;
}

function longer<T extends Float64Array | Uint16Array>(before: T, next: T): T {
  next.set(before);
  return next;
}
