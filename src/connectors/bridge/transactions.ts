/**
 * The names of a sink's transactions: all that any process needs to decide one. Never used twice,
 * since an epoch is not, and told apart by generation.
 */
import { fnv1a } from "../../base/hash.ts";
import type { Epoch, SinkContext } from "../../model/sink.ts";

/** A prepared transaction, as plain data. */
export interface PendingBytes {
  readonly transaction: string;
}

/** Bytes `[start, end)` of the receiver's stream. */
interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Transaction extends Range {
  readonly generation: number;
  readonly epoch: Epoch;
}

/** One that its writer is about to prepare. */
export interface OwnTransaction {
  readonly name: string;
  /** sending: records are on their way. asked: it has to vote. */
  step: "sending" | "asked" | "prepared";
  /** The receiver voted yes before, and lost it. */
  isAgain: boolean;
  readonly vote: PromiseWithResolvers<void>;
}

type Named = Pick<SinkContext, "job" | "sink" | "index">;

/** Whom the receiver takes us for: it keeps one stream of bytes for each. Where a step's name has
 *  signs that are none of a file's name, a hash tells it from others. */
export function instanceOf({ job, sink, index }: Named): string {
  const plain = sink.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
  const mark = plain === sink ? "" : `-${fnv1a(Buffer.from(sink)).toString(16)}`;
  return `${job}.${plain}${mark}.${index}`;
}

/** What the stream is called, and how names of its transactions begin. */
export function streamNameOf(named: Named): string {
  return `${named.job}-w-${instanceOf(named)}-id-${named.index}`;
}

/** Ends as receivers in the field expect: with the number that only grows. */
export function nameOf(stream: string, { generation, epoch, start, end }: Transaction): string {
  return `${stream}:g=${generation}:at=${start}-${end}:c_id=${epoch}`;
}

/** Undefined: it is none of this stream. */
export function readName(stream: string, name: string): Transaction | undefined {
  if (!name.startsWith(`${stream}:`)) return undefined;
  const match = /^:g=(\d{1,16}):at=(\d{1,16})-(\d{1,16}):c_id=(\d{1,16})$/.exec(
    name.slice(stream.length),
  );
  if (match === null) return undefined;
  const [generation, start, end, epoch] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { generation, epoch, start, end };
}

/**
 * A commit is due, and the receiver does not list the transaction: it has committed it, or lost it.
 * Where it says that it stands tells, unless that is 0, which receivers say that do not know.
 */
export function isLost({ start, end }: Range, stands: number | undefined): boolean {
  return start > 0 && start < end && stands === start;
}
