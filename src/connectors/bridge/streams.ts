/**
 * The streams that a source knows: who sends each, and how far it was read.
 *
 * S1. At most one session sends a stream; it stays that session's until it is closed, or until the
 *     stream ended and all of it is durable.
 * S2. `acked` <= `done` <= `seen`, and none of them falls. What is told to the outside is `acked`.
 * S3. A stream that was read is never forgotten: its producer may come back after any time.
 * S4. Where several workers listen, only who has claimed a stream gives it to a session. The claim
 *     is given up when nobody sends the stream and all of it is durable, so whoever has it next
 *     goes on behind that, and no checkpoint finds more of it than it finds of this.
 */
import { userError } from "../../base/errors.ts";
import type { ClaimAnswer, Claims } from "../../model/claims.ts";
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
  /** A stream that was asked for is its own, if `hold` says so. */
  decided(stream: Stream, answer: ClaimAnswer): void;
}

/** Whose a stream is among the workers that listen: of one that listens alone, always ours. */
type Hold = "ours" | "asked" | "theirs" | "free";

export interface Stream {
  readonly id: bigint;
  /** The id in decimal digits. */
  readonly key: string;
  name: string;
  hold: Hold;
  /** A checkpoint knew it when this reader began. */
  readonly isOld: boolean;
  /** This reader had it since it began: it tells where it was read to. */
  isTold: boolean;
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
  readonly max: number;
  readonly #claims: Claims | undefined;
  /** How many more than a checkpoint knew there may be, at all workers. */
  readonly #room: number;
  /** Owners that were refused a stream since something was given up. */
  readonly #refused = new Set<StreamOwner>();

  /** `claims`: where others listen too. @throws {WallarooError} `bad_position` */
  constructor(max: number, position: Position | undefined, claims?: Claims) {
    this.max = max;
    this.#claims = claims;
    for (const [id, last] of readPosition(position ?? {})) {
      this.#streams.set(id, this.#newStream(id, last, true));
    }
    this.#room = Math.max(0, max - this.#streams.size);
    claims?.use({
      answered: (key, answer) => this.#answered(this.#streams.get(BigInt(key)), answer),
      freed: (key) => this.#freed(this.#streams.get(BigInt(key))),
    });
  }

  get size(): number {
    return this.#streams.size;
  }

  get(id: bigint): Stream | undefined {
    return this.#streams.get(id);
  }

  /**
   * Gives a stream to who asks; undefined: another one has it, or it ends just now. One whose
   * `hold` is `"asked"` is decided later. `"full"`: no further stream can be known.
   */
  claim(id: bigint, name: string, owner: StreamOwner): Stream | "full" | undefined {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#streams.size >= this.max) return "full";
      stream = this.#newStream(id, NONE, false);
      this.#streams.set(id, stream);
    }
    const { hold } = stream;
    if (stream.owner !== undefined || hold === "asked" || hold === "theirs") {
      this.#refused.add(owner);
      return undefined;
    }
    stream.owner = owner;
    stream.name = name;
    if (hold === "ours") return stream;
    stream.hold = "asked"; // S4
    this.#claims?.claim(stream.key, stream.isOld ? undefined : this.#room);
    return stream;
  }

  /** Its owner is gone, or has got the last acknowledgement. */
  release(stream: Stream): void {
    stream.owner = undefined;
    stream.isEnding = false;
    this.#giveUp(stream);
    this.#retry();
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
      if (stream === undefined) continue;
      if (stream.acked < last) stream.acked = last; // S2
      this.#giveUp(stream);
    }
  }

  #newStream(id: bigint, last: bigint, isOld: boolean): Stream {
    const marks = { seen: last, done: last, acked: last };
    const isShared = this.#claims !== undefined;
    // Of what nobody reads one reader tells.
    const isTold = !isShared || (isOld && this.#claims.isFirst);
    const whose = { hold: isShared ? ("free" as const) : ("ours" as const), isOld, isTold };
    return { id, key: String(id), name: "", ...whose, owner: undefined, isEnding: false, ...marks };
  }

  /** S4 */
  #giveUp(stream: Stream): void {
    const { hold, owner, acked, seen, key } = stream;
    if (this.#claims === undefined || hold !== "ours" || owner !== undefined) return;
    if (acked !== seen) return;
    stream.hold = "free";
    this.#claims.giveUp(key, seen === NONE ? "" : String(seen));
  }

  #answered(stream: Stream | undefined, answer: ClaimAnswer): void {
    if (stream?.hold !== "asked") return;
    const { owner } = stream;
    if (answer.type === "granted") {
      stream.hold = "ours";
      stream.isTold = true;
      // What others read of it is durable: it is as if it was read here.
      const left = answer.left === "" ? NONE : BigInt(answer.left);
      if (stream.seen < left) stream.seen = stream.done = stream.acked = left;
      this.#giveUp(stream);
    } else {
      stream.owner = undefined;
      stream.hold = answer.type === "taken" ? "theirs" : "free";
      if (answer.type === "full") this.#streams.delete(stream.id);
      else if (owner !== undefined) this.#refused.add(owner);
    }
    if (owner === undefined) this.#retry();
    else owner.decided(stream, answer);
  }

  #freed(stream: Stream | undefined): void {
    if (stream?.hold !== "theirs") return;
    stream.hold = "free";
    this.#retry();
  }

  #retry(): void {
    const refused = [...this.#refused];
    this.#refused.clear();
    for (const owner of refused) owner.retry();
  }

  #record(lastOf: (stream: Stream) => bigint): Record<string, string> {
    const record: Record<string, string> = {};
    for (const stream of this.#streams.values()) {
      const last = lastOf(stream);
      if (last !== NONE && stream.isTold) record[stream.key] = String(last);
    }
    return record;
  }
}

/** How a producer is told up to where its stream is durable. */
export function pointOfRef({ acked }: { readonly acked: bigint }): bigint {
  return acked === NONE ? NOTHING_YET : acked;
}

/** Of a stream that was never read, producers expect 0. */
export function ackOf({ acked }: Stream): bigint {
  return acked === NONE ? 0n : acked;
}

/** What several readers have read: of each stream, what who was furthest has. */
export function joinPositions(positions: readonly Position[]): Position {
  const all = new Map<bigint, bigint>();
  for (const position of positions) {
    for (const [id, last] of readPosition(position)) {
      if (last > (all.get(id) ?? NONE)) all.set(id, last);
    }
  }
  return Object.fromEntries([...all].map(([id, last]) => [String(id), String(last)]));
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
