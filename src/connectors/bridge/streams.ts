/**
 * The streams that a source knows: who sends each, and how far it was read.
 *
 * S1. At most one session sends a stream; it stays that session's until it is closed, or until the
 *     stream ended and all of it is durable.
 * S2. `acked` <= `done` <= `seen`, and none of them falls. What is told to the outside is `acked`.
 * S3. A stream that was read is never forgotten: its producer may come back after any time.
 */
import { userError } from "../../base/errors.ts";
import type { Position } from "../../model/context.ts";
import { NOTHING_YET } from "./frames.ts";

/** Below every message id. */
export const NONE = -1n;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Who may send a stream. */
export interface StreamOwner {
  readonly peer: string;
  /** A stream that it was refused may be free now. */
  retry(): void;
}

export interface Stream {
  readonly id: bigint;
  /** The id in decimal digits. */
  readonly key: string;
  name: string;
  owner: StreamOwner | undefined;
  /** Its producer has sent its last: it is given up when all of it is durable. */
  isEnding: boolean;
  /** The last message that was taken; later ones have a greater id. */
  seen: bigint;
  /** The same, of batches that are processed. */
  done: bigint;
  /** The last message that is durable. */
  acked: bigint;
}

export class Streams {
  readonly #streams = new Map<bigint, Stream>();
  readonly #max: number;
  /** Owners that were refused a stream since something was given up. */
  readonly #refused = new Set<StreamOwner>();

  /** @throws {WallarooError} `bad_position` */
  constructor(max: number, position: Position | undefined) {
    this.#max = max;
    if (position === undefined) return;
    for (const [id, last] of readPosition(position)) this.#streams.set(id, newStream(id, last));
  }

  get size(): number {
    return this.#streams.size;
  }

  get(id: bigint): Stream | undefined {
    return this.#streams.get(id);
  }

  /** Gives a stream to who asks; undefined: another one has it, or it ends just now. `"full"`: no
   *  further stream can be known. */
  claim(id: bigint, name: string, owner: StreamOwner): Stream | "full" | undefined {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#streams.size >= this.#max) return "full";
      stream = newStream(id, NONE);
      this.#streams.set(id, stream);
    }
    if (stream.owner !== undefined) {
      this.#refused.add(owner);
      return undefined;
    }
    stream.owner = owner;
    stream.name = name;
    return stream;
  }

  /** Its owner is gone, or has got the last acknowledgement. */
  release(stream: Stream): void {
    stream.owner = undefined;
    stream.isEnding = false;
    const refused = [...this.#refused];
    this.#refused.clear();
    for (const owner of refused) owner.retry();
  }

  /** An owner that is gone asks no more. */
  forget(owner: StreamOwner): void {
    this.#refused.delete(owner);
  }

  /** All that was handed over is processed. */
  settle(touched: Iterable<Stream>): void {
    for (const stream of touched) stream.done = stream.seen;
  }

  /** How far all streams are read, when what was handed over is processed. */
  position(): Position {
    return this.#record(({ seen }) => seen);
  }

  /** The same, without what was handed over last. */
  positionDone(): Position {
    return this.#record(({ done }) => done);
  }

  /** The same, when only the first `count` of these are. */
  positionBefore(streams: readonly Stream[], ids: readonly bigint[], count: number) {
    const last = new Map<bigint, bigint>();
    for (let i = 0; i < count; i++) last.set(streams[i]!.id, ids[i]!);
    return this.#record(({ id, done }) => last.get(id) ?? done);
  }

  /** What is durable now. */
  acknowledge(position: Position): void {
    for (const [id, last] of readPosition(position)) {
      const stream = this.#streams.get(id);
      if (stream !== undefined && stream.acked < last) stream.acked = last; // S2
    }
  }

  #record(lastOf: (stream: Stream) => bigint): Record<string, string> {
    const record: Record<string, string> = {};
    for (const stream of this.#streams.values()) {
      const last = lastOf(stream);
      if (last !== NONE) record[stream.key] = String(last);
    }
    return record;
  }
}

/** How a producer is told up to where its stream is durable. */
export function pointOfRef({ acked }: { readonly acked: bigint }): bigint {
  return acked === NONE ? NOTHING_YET : acked;
}

function newStream(id: bigint, last: bigint): Stream {
  const marks = { seen: last, done: last, acked: last };
  return { id, key: String(id), name: "", owner: undefined, isEnding: false, ...marks };
}

function* readPosition(position: Position): Generator<readonly [bigint, bigint]> {
  const entries = typeof position === "object" ? Object.entries(position) : undefined;
  if (entries === undefined) throw badPosition(position);
  for (const [id, last] of entries) {
    if (!isU64(id) || !isU64(last)) throw badPosition({ [id]: last });
    yield [BigInt(id), BigInt(last)];
  }
}

function isU64(text: unknown): text is string {
  return typeof text === "string" && /^\d{1,20}$/.test(text) && BigInt(text) <= U64_MAX;
}

function badPosition(position: Position): Error {
  const given = JSON.stringify(position);
  const text = `bridge.listen: ${given} is no position of this source: was it of another kind?`;
  return userError("bad_position", text);
}
