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
import type { ChannelOut } from "./channel.ts";
import type { Choose } from "./partitioner.ts";

/** The task's credit: taken while a target has none. */
export interface CreditHolder {
  block(): void;
  unblock(): void;
}

class Gathered {
  readonly channel: ChannelOut;
  records: unknown[] = [];
  times = new Float64Array(BATCH_RECORDS_MAX);
  /** The same array as `records`, as long as each record is a text that is its own key. */
  keys: unknown[] = this.records;
  isBlocked = false;
  sent = 0;

  constructor(channel: ChannelOut) {
    this.channel = channel;
  }
}

export class ExchangeExit {
  readonly #targets: readonly Gathered[];
  readonly #choose: Choose;
  readonly #isKeyed: boolean;
  readonly #credit: CreditHolder;
  /** Records that left. */
  records = 0;

  constructor(
    channels: readonly ChannelOut[],
    choose: Choose,
    isKeyed: boolean,
    credit: CreditHolder,
  ) {
    this.#targets = channels.map((channel) => new Gathered(channel));
    this.#choose = choose;
    this.#isKeyed = isKeyed;
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
    const index = this.#choose(key, record);
    this.records++;
    if (index >= 0) {
      this.#gather(this.#targets[index]!, record, time, key);
      return;
    }
    for (const target of this.#targets) this.#gather(target, record, time, key);
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

  #gather(target: Gathered, record: unknown, time: number, key: Key): void {
    const at = target.records.length;
    if (at === target.times.length) target.times = longer(target.times);
    target.times[at] = time;
    const { records } = target;
    if (target.keys === records && this.#isKeyed && !isSameText(key, record)) {
      target.keys = records.slice();
    }
    records.push(record);
    if (target.keys !== records) target.keys.push(key);
    if (at + 1 >= BATCH_RECORDS_MAX && !target.isBlocked) this.#send(target);
  }

  #send(target: Gathered): void {
    const count = target.records.length;
    if (count > 0) {
      target.sent += count;
      const { records, times } = target;
      const keys = this.#isKeyed ? target.keys : undefined;
      target.records = [];
      target.keys = target.records;
      target.times = new Float64Array(BATCH_RECORDS_MAX);
      target.channel.send({ count, records, times, keys, time: times[0]!, next: undefined });
    }
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

function isSameText(key: Key, record: unknown): boolean {
  return typeof key === "string" && key === record;
}

function longer(times: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(times.length * 2);
  next.set(times);
  return next;
}
