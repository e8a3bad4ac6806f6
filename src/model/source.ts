/**
 * What a source is. Written by authors of connectors; read by the worker, which decodes, stamps,
 * counts and applies `onInvalid` itself, so that every connector behaves alike.
 */
import type { Clock } from "../ports/clock.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { RecordLogs } from "../ports/record-log.ts";
import type { Stdio } from "../ports/stdio.ts";
import type { Claims } from "./claims.ts";
import type { Decoder } from "./codec.ts";
import type { Position } from "./context.ts";

/** What happens to bytes that are no record: the job ends, or they are counted and skipped. */
export type OnInvalid = "fail" | "skip";

/**
 * Some records of one split, at most 512 or 64 KiB. Either `records`, or `bytes` with the tables
 * `starts` and `ends`, which the worker decodes with the source's codec. Belongs to the worker
 * until it asks for the next batch; then the reader may use the same arrays again.
 */
export interface Batch<T> {
  readonly count: number;
  readonly records?: readonly T[];
  readonly bytes?: Uint8Array;
  readonly starts?: Int32Array;
  readonly ends?: Int32Array;
  /** Arrival of the batch, ms since the epoch. Event time, unless `times` or the app say other. */
  readonly time: number;
  readonly times?: Float64Array | undefined;
  /** Where to read on after this batch. Undefined where the split has no positions. */
  readonly next: Position | undefined;
  /** Where record `i` stands; a barrier may fall behind it. */
  positionOf?(i: number): Position;
  /** What is known of record `i` besides: headers, the file it came from. */
  meta?(i: number): Readonly<Record<string, unknown>>;
}

/** One unit of reading. The runtime calls `read` once, and asks for one batch at a time. */
export interface SplitReader<T> extends AsyncDisposable {
  /** Batches in order; ends when the split is exhausted. Never asked for more while there is no
   *  credit, which is how the outside is slowed down. */
  read(): AsyncIterable<Batch<T>>;
  /** Tells the outside that everything before `position` is durable. */
  acknowledge(position: Position): Promise<void>;
  /** Where to read on behind all batches before the last that was asked for. For readers whose
   *  positions are costly to make: it is asked at barriers instead of each batch's `next`. */
  position?(): Position | undefined;
  /** Where producers connect, when they do. */
  readonly addresses?: readonly Address[];
  /** Whether it has taken something from producers and not handed it over. */
  readonly isHolding?: boolean;
  /** Who sends, for sources that listen; bounded: all that are open, and the last 100 closed. */
  producers?(): readonly ProducerStatus[];
  /** Facts for people and `/v1`: connections, files, refused frames. */
  stats?(): Readonly<Record<string, number | string>>;
}

/** The number of a key that has none. */
export const NO_NUMBER = 0xffff;

/**
 * Numbers of keys on their channel, of each record of a batch. A number that was not there before
 * in its edition is the next one, and means the key of that record from then on.
 */
export interface KeyNumbers {
  readonly edition: number;
  readonly numbers: Uint16Array;
  /** Of the channel: the same one in all of its batches. */
  readonly memo: KeyMemo;
  /** Present where each record of the batch is a text that is its key and has a number: the texts
   *  by number. */
  readonly texts?: readonly string[] | undefined;
}

/** What a task has found for keys, by their numbers in one edition. */
export class KeyMemo {
  edition = 0;
  /** Who found it. */
  owner: unknown = undefined;
  readonly found: unknown[] = [];
}

/** Records from another task: with their event times and, where they are keyed, their keys. */
export interface ExchangeBatch extends Batch<unknown> {
  readonly records: readonly unknown[];
  /** Absent where all are `time`. */
  readonly times: Float64Array | undefined;
  readonly keys: readonly unknown[] | undefined;
  /** Present where keys are dealt by their hash; those that are texts have numbers. */
  readonly numbers?: KeyNumbers | undefined;
}

/** Records that are texts, their own keys, and known by number: they are made when asked for. */
export class NumberedRecords {
  readonly count: number;
  readonly numbers: KeyNumbers;
  #records: unknown[] | undefined;

  constructor(count: number, numbers: KeyNumbers) {
    this.count = count;
    this.numbers = numbers;
  }

  get records(): unknown[] {
    return (this.#records ??= textsByNumber(this.numbers, this.numbers.texts!, this.count));
  }

  get keys(): readonly unknown[] {
    return this.records;
  }
}

/** The texts of the first `count` of some numbers, all of which have one. */
export function textsByNumber(
  { numbers }: Pick<KeyNumbers, "numbers">,
  texts: readonly string[],
  count: number,
): unknown[] {
  const made = new Array<unknown>(count);
  for (let i = 0; i < count; i++) made[i] = texts[numbers[i]!];
  return made;
}

/** A batch of such records. */
export class NumberedBatch extends NumberedRecords implements ExchangeBatch {
  readonly time: number;
  readonly times: Float64Array | undefined;
  readonly next = undefined;

  constructor(count: number, numbers: KeyNumbers, time: number, times: Float64Array | undefined) {
    super(count, numbers);
    this.time = time;
    this.times = times;
  }
}

/** One producer's connection to a source that listens. */
export interface ProducerStatus {
  /** The producer's own address: `host:port`. */
  readonly peer: string;
  /** Bytes of its stream, frame headers included, in batches that were handed over. */
  readonly bytes: number;
  readonly frames: number;
  readonly isOpen: boolean;
}

/** What a source may use of the world. */
export interface SourceContext {
  readonly job: string;
  readonly source: string;
  readonly worker: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  readonly stdio: Stdio;
  readonly log: Logger;
  /** Where input can be kept before it is read. Absent where the process keeps nothing. */
  readonly logs?: RecordLogs | undefined;
  /** Present where the source has `joinPositions` and is read by several workers. */
  readonly claims?: Claims;
}

/** A source of records: plain settings and two functions, no side effect before `open`. */
export interface Source<T> {
  /** The connector's name: `"tcp"`, `"file"`. */
  readonly kind: string;
  /** For people: `tcp 127.0.0.1:7010, u32be frames of utf8`. */
  readonly about: string;
  /**
   * All settings that decide what is read, as plain data without functions. Another version of an
   * app whose source of the same name has an equal one goes on with the readers that are open;
   * `decode` and `onInvalid` are taken from the new one. Absent: readers are opened anew.
   */
  readonly identity?: unknown;
  /** How the bytes of batches become records. Absent when batches hold records. */
  readonly decode?: Decoder<T>;
  /** Default `"skip"`: counted and logged. */
  readonly onInvalid?: OnInvalid;
  /** True where splits may appear later: `splits` is asked again and the source never finishes. */
  readonly isOpenEnded?: boolean;
  /** True where it makes records for ever, as its settings say. Absent: not known. */
  readonly isEndless?: boolean;
  /** True for sources that listen: each worker that reads it opens all of its splits. */
  readonly isPerWorker?: boolean;
  /**
   * Present where all readers tell parts of one position: each is opened at what this makes of all
   * of them, however many there are now.
   */
  readonly joinPositions?: (positions: readonly Position[]) => Position;
  /**
   * True where what was promised to be kept is on the disk of the worker that reads it: `splits`
   * gives the worker's own, by the name of `model/bound-split`, and nobody else can read it. A
   * checkpoint with a position of such a split needs that worker: a recovery waits for it, and says
   * so.
   */
  readonly isBoundToWorker?: boolean;
  /** Whether a split can be read again from a position. Absent: not known. */
  readonly replays?: boolean;
  /**
   * True where that may also be a position before what was acknowledged: nothing is let go of when
   * it is. Only then may a job go back, by itself, to a checkpoint older than the newest.
   */
  readonly canGoBack?: boolean;
  /** The splits there are now, as ids. Runs on one worker, at start and from time to time. */
  splits(ctx: SourceContext): Promise<readonly string[]>;
  /** Opens a split at a position, or at its start.
   *  @throws {WallarooError} when it cannot be read: the job does not start. */
  open(split: string, position: Position | undefined, ctx: SourceContext): Promise<SplitReader<T>>;
}
