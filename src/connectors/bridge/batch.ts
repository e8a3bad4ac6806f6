/** The one batch of a reader, used again and again: messages of one session. */
import type { Position } from "../../model/context.ts";
import { BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Batch } from "../../model/source.ts";
import { MESSAGE_HEAD_BYTES } from "./frames.ts";
import type { Refusal } from "./notes.ts";
import type { Stream, Streams } from "./streams.ts";

/** How the decoder finds the session whose message it cannot read. */
export const REFUSE = Symbol("refuse");

const STREAM_AT = 1;
const ID_AT = 9;
const TIME_AT = 17;
const KEY_SIZE_AT = MESSAGE_HEAD_BYTES - 2;

/** What is known of a message beside its record. */
export interface MessageMeta {
  /** The stream's name, and its id in decimal digits. */
  readonly stream: string;
  readonly streamId: string;
  /** The message's own id, in decimal digits. */
  readonly id: string;
  /** Undefined where the message has none. */
  readonly key: string | undefined;
  readonly [REFUSE]: () => void;
}

/** Whose messages they are. */
interface Sender {
  refuse(kind: Refusal, text: string): void;
}

export class MessageBatch implements Batch<never> {
  readonly #streams: Streams;
  readonly #timesPerMs: number;
  readonly #ids: bigint[] = [];
  readonly #of: Stream[] = [];
  readonly #touched = new Set<Stream>();
  #session: Sender | undefined;
  bytes: Buffer = Buffer.alloc(0);
  count = 0;
  time = 0;
  readonly starts = new Int32Array(BATCH_RECORDS_MAX);
  readonly ends = new Int32Array(BATCH_RECORDS_MAX);
  /** Where the key of each begins; it ends where the content begins. */
  readonly #keys = new Int32Array(BATCH_RECORDS_MAX);
  readonly times?: Float64Array;

  /** `timesPerMs`: how many units of a message's time are a millisecond; undefined: times of
   *  messages do not count. */
  constructor(streams: Streams, timesPerMs: number | undefined) {
    this.#streams = streams;
    this.#timesPerMs = timesPerMs ?? 1;
    if (timesPerMs !== undefined) this.times = new Float64Array(BATCH_RECORDS_MAX);
  }

  /** What was in it is processed: frames of this session follow. */
  begin(session: Sender | undefined, bytes: Buffer): void {
    this.#streams.settle(this.#touched);
    this.#touched.clear();
    this.#ids.length = 0;
    this.#of.length = 0;
    this.count = 0;
    this.#session = session;
    this.bytes = bytes;
  }

  /**
   * Adds the message `[start, end)`, unless it was read before. `find` knows the streams that may
   * send. An empty one is taken, too: its decoder skips it.
   */
  add(
    start: number,
    end: number,
    find: (stream: bigint) => Stream | undefined,
  ): "added" | "repeat" | "cut" | "unknown" {
    const { bytes } = this;
    if (end - start < MESSAGE_HEAD_BYTES) return "cut";
    const keyAt = start + MESSAGE_HEAD_BYTES;
    const contentAt = keyAt + bytes.readUInt16BE(start + KEY_SIZE_AT);
    if (contentAt > end) return "cut";
    const stream = find(bytes.readBigUInt64BE(start + STREAM_AT));
    if (stream === undefined) return "unknown";
    const id = bytes.readBigUInt64BE(start + ID_AT);
    if (id <= stream.seen) return "repeat";
    stream.seen = id;
    this.#touched.add(stream);
    const i = this.count++;
    this.#keys[i] = keyAt;
    this.starts[i] = contentAt;
    this.ends[i] = end;
    this.#ids.push(id);
    this.#of.push(stream);
    if (this.times === undefined) return "added";
    const time = Number(bytes.readBigInt64BE(start + TIME_AT)) / this.#timesPerMs;
    // Clients that know no time send 0.
    this.times[i] = time > 0 ? time : this.time;
    return "added";
  }

  get next(): Position {
    return this.#streams.position();
  }

  positionOf(i: number): Position {
    return this.#streams.positionBefore(this.#of, this.#ids, i);
  }

  meta(i: number): MessageMeta & Readonly<Record<string, unknown>> {
    const session = this.#session;
    const stream = this.#of[i]!;
    const key = this.bytes.utf8Slice(this.#keys[i]!, this.starts[i]!);
    return {
      stream: stream.name,
      streamId: stream.key,
      id: String(this.#ids[i]),
      key: key === "" ? undefined : key,
      [REFUSE]: () => session?.refuse("badRecords", "Unable to decode message"),
    };
  }
}

/** The stream and the id of the message that begins at `start`, for people. */
export function messageText(bytes: Buffer, start: number): string {
  const stream = bytes.readBigUInt64BE(start + STREAM_AT);
  return `stream_id ${stream} with message_id ${bytes.readBigUInt64BE(start + ID_AT)}`;
}
