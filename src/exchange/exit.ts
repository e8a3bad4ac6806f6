/**
 * Where records leave a task: gathers them for each instance of the next one.
 *
 * Owns: the batches that are being gathered, and which targets have no credit.
 *
 * O1. Records for one instance keep their order; a barrier and the end come behind all of them.
 * O2. While a target has no credit the task has none either; what is gathered for it meanwhile is
 *     bounded by a batch and the outputs of the record in hand.
 */
import type { Key } from "../model/key.ts";
import { BATCH_RECORDS_MAX } from "../model/limits.ts";
import type { Epoch } from "../model/sink.ts";
import { NO_NUMBER } from "../model/source.ts";
import { Gathered, type KeysOnTheWay } from "./gathered.ts";
import type { ChannelOut } from "./channel.ts";
import { instanceOf, KeyBook, numberOf, UNKNOWN } from "./key-book.ts";
import type { Choose } from "./partitioner.ts";

/** The task's credit: taken while a target has none. */
export interface CreditHolder {
  block(): void;
  unblock(): void;
}

export class ExchangeExit {
  readonly #targets: readonly Gathered[];
  readonly #choose: Choose;
  readonly #credit: CreditHolder;
  readonly #book: KeyBook | undefined;
  /** Records that left. */
  records = 0;
  /** Tells of a record that has no way: its key is none. */
  fail: (record: unknown, cause: unknown) => never = (_, cause) => {
    throw cause;
  };

  constructor(
    channels: readonly ChannelOut[],
    choose: Choose,
    keys: KeysOnTheWay,
    credit: CreditHolder,
  ) {
    this.#targets = channels.map((channel) => new Gathered(channel, keys));
    this.#book = keys === "numbered" ? new KeyBook(channels.length) : undefined;
    this.#beginNumbers();
    this.#choose = choose;
    this.#credit = credit;
    for (const target of this.#targets) {
      target.channel.onCredit = () => this.#onCredit(target);
    }
  }

  /** Asked at once behind a barrier or the end: what was handed to each channel, of the whole
   *  generation, and the sum of its frames' checksums, when all of it has left. */
  sent(): readonly { readonly records: number; readonly sum: Promise<number> | undefined }[] {
    return this.#targets.map(({ sent, channel }) => ({ records: sent, sum: channel.sum() }));
  }

  push(record: unknown, time: number, key: Key): void {
    if (this.#book !== undefined && typeof key === "string") {
      const place = this.#book.find(key);
      if (place !== UNKNOWN) {
        this.records++;
        this.#gather(this.#targets[instanceOf(place)]!, record, time, key, numberOf(place));
        return;
      }
    }
    this.#pushOther(record, time, key);
  }

  #pushOther(record: unknown, time: number, key: Key): void {
    const index = this.#indexOf(key, record);
    this.records++;
    if (index >= 0) {
      const number = typeof key === "string" ? this.#learn(key, index) : NO_NUMBER;
      this.#gather(this.#targets[index]!, record, time, key, number);
      return;
    }
    for (const target of this.#targets) this.#gather(target, record, time, key, NO_NUMBER);
  }

  #indexOf(key: Key, record: unknown): number {
    try {
      return this.#choose(key, record);
    } catch (cause) {
      return this.fail(record, cause);
    }
  }

  #learn(key: string, index: number): number {
    const book = this.#book;
    if (book === undefined) return NO_NUMBER;
    const { edition } = book;
    const number = book.learn(key, index, this.records);
    if (book.edition !== edition) {
      // What is gathered goes with the new edition, which has no numbers for it.
      this.#beginNumbers();
    }
    return number;
  }

  #beginNumbers(): void {
    const book = this.#book;
    if (book === undefined) return;
    for (let i = 0; i < this.#targets.length; i++) this.#targets[i]!.begin(book.textsOf(i));
  }

  /** The turn is over: what was gathered leaves, where there is credit. */
  flush(): void {
    for (const target of this.#targets) {
      if (!target.isBlocked) this.#send(target);
      target.channel.flush();
    }
  }

  barrier(epoch: Epoch): void {
    for (const target of this.#targets) {
      this.#send(target);
      target.channel.barrier(epoch);
      target.channel.flush();
    }
  }

  end(): void {
    for (const target of this.#targets) {
      this.#send(target);
      target.channel.end();
      target.channel.flush();
    }
  }

  #gather(target: Gathered, record: unknown, time: number, key: Key, number: number): void {
    target.add(record, time, key, number);
    if (target.count >= BATCH_RECORDS_MAX && !target.isBlocked) this.#send(target);
  }

  #send(target: Gathered): void {
    if (target.count > 0) target.channel.send(target.take(this.#book?.edition ?? 0));
    if (target.channel.hasCredit || target.isBlocked) return;
    target.isBlocked = true;
    this.#credit.block();
  }

  #onCredit(target: Gathered): void {
    if (!target.isBlocked || !target.channel.hasCredit) return;
    target.isBlocked = false;
    this.#credit.unblock();
  }
}
