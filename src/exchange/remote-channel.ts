/**
 * The two ends of a channel between workers: batches become frames of a link, and frames batches.
 *
 * W1. Items leave in the order in which they were handed on, also while some wait for credit.
 * W2. At most one batch waits here for credit; then the channel has none itself.
 * W3. Both ends sum the checksums of the frames of records: the sender when it has made one, the
 *     receiver when what was in it is processed.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { externalError } from "../base/errors.ts";
import { type Batch, ShapeDecoder, ShapeEncoder } from "../codec/shape.ts";
import type { Codec } from "../model/codec.ts";
import type { Epoch } from "../model/sink.ts";
import { type ExchangeBatch, NumberedBatch } from "../model/source.ts";
import type { ChannelItem, ChannelOut } from "./channel.ts";
import type { Inbox } from "./inbox.ts";
import { BATCH_BYTES_TARGET } from "../model/wire-limits.ts";
import { addCheck } from "./frame.ts";
import { type ChannelSender, FRAME, type OnFrame, ReceiveChannel } from "./link.ts";

const NO_RECORDS: readonly unknown[] = [];

export class RemoteChannel implements ChannelOut {
  readonly #channel: ChannelSender;
  readonly #flush: () => void;
  readonly #codec: Codec<unknown> | undefined;
  readonly #encoder = new ShapeEncoder();
  readonly #bytes = new ByteWriter(64 * 1024);
  readonly #items: ChannelItem[] = [];
  #sum = 0;
  /** The sum before the barrier, or the end, that left last. */
  #sealed = 0;
  /** Who waits for the last item, a barrier or the end, to leave. */
  #onSealed: ((sum: number) => void) | undefined = undefined;
  /** Records of the first batch that have left. */
  #sent = 0;
  onCredit: () => void = () => undefined;

  constructor(channel: ChannelSender, flush: () => void, codec?: Codec<unknown>) {
    this.#channel = channel;
    this.#flush = flush;
    this.#codec = codec;
    channel.onCredit = () => {
      this.#pump();
      if (this.hasCredit) this.onCredit();
    };
  }

  get hasCredit(): boolean {
    return this.#items.length === 0;
  }

  send(batch: ExchangeBatch): void {
    const codec = this.#codec;
    if (codec === undefined) this.#put({ kind: "batch", batch });
    else {
      const { count, time, times, keys, next } = batch;
      const numbers = batch.numbers && { ...batch.numbers, texts: undefined };
      const records = encodeAll(batch, codec);
      this.#put({ kind: "batch", batch: { count, records, time, times, keys, numbers, next } });
    }
  }

  barrier(epoch: Epoch): void {
    this.#put({ kind: "barrier", epoch });
  }

  end(): void {
    this.#put({ kind: "end" });
  }

  flush(): void {
    this.#flush();
  }

  #put(item: ChannelItem): void {
    this.#items.push(item);
    this.#pump();
  }

  #pump(): void {
    for (let item = this.#items[0]; item !== undefined; item = this.#items[0]) {
      if (item.kind === "batch" && !this.#sendSome(item.batch)) return;
      if (item.kind === "barrier") this.#sendBarrier(item.epoch);
      if (item.kind === "end") this.#channel.send(FRAME.end);
      this.#items.shift();
      if (item.kind !== "batch") this.#seal();
    }
  }

  sum(): Promise<number> {
    if (this.#items.length === 0) return Promise.resolve(this.#sealed);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#onSealed = resolve;
    return promise;
  }

  #seal(): void {
    this.#sealed = this.#sum;
    this.#onSealed?.(this.#sum);
    this.#onSealed = undefined;
  }

  /** Sends frames of a batch while there is credit. Returns whether all of it has left. */
  #sendSome(batch: ExchangeBatch): boolean {
    const { time, times, count, numbers } = batch;
    const isNumbered = numbers?.texts !== undefined;
    const records = isNumbered ? NO_RECORDS : batch.records;
    const keys = isNumbered ? NO_RECORDS : batch.keys;
    while (this.#sent < count) {
      if (this.#channel.credit <= 0) return false;
      this.#bytes.clear();
      this.#sent = this.#encoder.encodeBatch(
        records,
        times ?? time,
        keys,
        count,
        this.#bytes,
        this.#sent,
        BATCH_BYTES_TARGET,
        numbers,
      );
      const check = this.#channel.send(FRAME.data, this.#bytes.buffer, 0, this.#bytes.at);
      this.#sum = addCheck(this.#sum, check);
    }
    this.#sent = 0;
    return true;
  }

  #sendBarrier(epoch: Epoch): void {
    this.#bytes.clear();
    this.#bytes.f64(epoch);
    this.#channel.send(FRAME.barrier, this.#bytes.buffer, 0, this.#bytes.at);
  }
}

/** Records as bytes, where the app has a codec of its own for them. */
function encodeAll({ records, count }: ExchangeBatch, codec: Codec<unknown>): Uint8Array[] {
  const writer = new ByteWriter();
  return records.slice(0, count).map((record) => {
    writer.clear();
    codec.encode(record, writer);
    return writer.take();
  });
}

/** The receiving end: what arrives goes into the inbox, and what is taken there is granted anew. */
export function receiveInto(id: number, inbox: Inbox, codec?: Codec<unknown>): ReceiveChannel {
  const decoder = new ShapeDecoder();
  // Of the batches in the inbox, in their order; the channel's window bounds how many there are.
  let sizes: number[] = [];
  let taken = 0;
  inbox.sum = 0;
  const take: OnFrame = (type, bytes, start, end, check) => {
    switch (type) {
      case FRAME.data: {
        const decoded = decoder.decodeBatch(bytes, start, end);
        sizes.push(end - start);
        inbox.put({ kind: "batch", batch: batchOf(decoded, codec), check }); // W3
        return;
      }
      case FRAME.barrier:
        inbox.put({ kind: "barrier", epoch: new ByteReader(bytes, start, end).f64() });
        return;
      case FRAME.end:
        inbox.put({ kind: "end" });
        break;
      default:
    }
  };
  const channel = new ReceiveChannel(id, take);
  inbox.onTaken = () => {
    const size = sizes[taken++]!;
    if (taken === sizes.length) {
      sizes = [];
      taken = 0;
    }
    channel.consumed(size);
  };
  return channel;
}

function batchOf(decoded: Batch, codec: Codec<unknown> | undefined): ExchangeBatch {
  const { count, numbers } = decoded;
  const times = typeof decoded.times === "number" ? undefined : decoded.times;
  const time = typeof decoded.times === "number" ? decoded.times : (decoded.times[0] ?? 0);
  if (numbers?.texts !== undefined && codec === undefined) {
    return new NumberedBatch(count, numbers, time, times);
  }
  const { keys } = decoded;
  const records =
    codec === undefined ? decoded.records : decoded.records.map((one) => decodeOne(one, codec));
  return { count, records, times, keys, numbers, time, next: undefined };
}

function decodeOne(record: unknown, codec: Codec<unknown>): unknown {
  if (record instanceof Uint8Array) return codec.decode(record, 0, record.length);
  throw externalError("bad_batch", "a record of a channel with a codec is not made of bytes");
}
