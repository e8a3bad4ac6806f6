/**
 * How prepared bytes are named where sinks keep things (pure): by job, sink, connection,
 * generation and epoch, so that any process finds and decides them.
 *
 * A mark says that an epoch is prepared: `p-GENERATION-EPOCH-BYTES-RECORDS-NONCE`. It holds the
 * bytes itself when they are few, else they are in `d-GENERATION-NONCE`.
 */
import { userError } from "../../base/errors.ts";
import { fnv1a } from "../../base/hash.ts";
import type { Epoch, SinkContext } from "../../model/sink.ts";

/** Bytes that are prepared, and leave at their commit: what a checkpoint keeps. */
export interface PendingRelease {
  /** Name of the mark. */
  readonly mark: string;
}

export interface Prepared {
  readonly generation: number;
  readonly epoch: Epoch;
  readonly bytes: number;
  readonly records: number;
  readonly nonce: string;
}

const MARK = /^p-(\d{1,16})-(\d{1,16})-(\d{1,16})-(\d{1,16})-([0-9a-f]{8})$/;
const DATA = /^d-(\d{1,16})-[0-9a-f]{8}$/;
const encoder = new TextEncoder();
/** Hashes of 32 bits that tell the names of sinks apart. */
const HASHES = 4;

export class ReleaseNames {
  readonly prefix: string;

  constructor({ job, sink, index }: Pick<SinkContext, "job" | "sink" | "index">) {
    this.prefix = `release/${hashOf(`${job}/${sink}`)}/${index}/`;
  }

  mark({ generation, epoch, bytes, records, nonce }: Prepared): string {
    return `${this.prefix}p-${generation}-${epoch}-${bytes}-${records}-${nonce}`;
  }

  data({ generation, nonce }: Pick<Prepared, "generation" | "nonce">): string {
    return `${this.prefix}d-${generation}-${nonce}`;
  }

  /** Undefined when it is no mark of this connection. */
  readMark(name: string): Prepared | undefined {
    const found = name.startsWith(this.prefix) ? MARK.exec(name.slice(this.prefix.length)) : null;
    if (found === null) return undefined;
    const [generation, epoch, bytes, records] = found.slice(1, 5).map(Number);
    return {
      generation: generation!,
      epoch: epoch!,
      bytes: bytes!,
      records: records!,
      nonce: found[5]!,
    };
  }

  /** The generation of bytes that are not, or not yet, marked as prepared. */
  readData(name: string): { readonly generation: number } | undefined {
    const found = name.startsWith(this.prefix) ? DATA.exec(name.slice(this.prefix.length)) : null;
    return found === null ? undefined : { generation: Number(found[1]) };
  }

  /** @throws {WallarooError} `bad_transaction` */
  checkMark(name: string): Prepared {
    const found = this.readMark(name);
    if (found !== undefined) return found;
    throw userError(
      "bad_transaction",
      `tcp.connect: ${JSON.stringify(name)} is no transaction of this sink: did the sink have ` +
        "another name?",
    );
  }
}

/** Names of steps and targets may have any letters, those of blobs may not. */
function hashOf(name: string): string {
  return Array.from({ length: HASHES }, (_, salt) =>
    fnv1a(encoder.encode(`${salt}/${name}`))
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}
