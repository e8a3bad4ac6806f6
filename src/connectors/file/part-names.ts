/**
 * Names of the parts of a sink, which tell all that a committer must know:
 *
 *     part-000-0000000042.txt                                 a part, for everybody
 *     .part-1f2e3d4c-0-7-9a8b7c6d.open                        being written
 *     .part-1f2e3d4c-0-7-42-42-1000-9a8b7c6d.tmp              prepared: whole, not yet decided
 *
 * Hidden ones hold a hash of job and sink, the index of the writer, its generation, and a nonce;
 * prepared ones also epoch, number and records.
 */
import { fnv1a } from "../../base/hash.ts";

/** A transaction that is prepared. Names within the folder of the sink. */
export interface PendingPart {
  readonly temp: string;
  readonly final: string;
  readonly bytes: number;
  readonly records: number;
}

/** What a hidden name tells. */
export interface PreparedName {
  readonly index: number;
  readonly generation: number;
  readonly epoch: number;
  readonly number: number;
  readonly records: number;
}

export class PartNames {
  readonly #prefix: string;
  readonly #extension: string;
  readonly #owner: string;
  readonly #final: RegExp;
  readonly #open: RegExp;
  readonly #prepared: RegExp;
  readonly #hidden: RegExp;

  constructor(
    naming: { readonly prefix: string; readonly extension: string },
    owner: { readonly job: string; readonly sink: string },
  ) {
    this.#prefix = naming.prefix;
    this.#extension = naming.extension;
    this.#owner = fnv1a(Buffer.from(JSON.stringify([owner.job, owner.sink])))
      .toString(16)
      .padStart(8, "0");
    const hidden = `^\\.${this.#prefix}-${this.#owner}-(\\d+)-(\\d+)-`;
    this.#final = new RegExp(`^${this.#prefix}-(\\d+)-(\\d+)\\.`);
    this.#open = new RegExp(`${hidden}[0-9a-f]{8}\\.open$`);
    this.#hidden = new RegExp(`^\\.${this.#prefix}-([0-9a-f]{8})-(\\d+)-.*\\.(?:open|tmp)$`);
    this.#prepared = new RegExp(`${hidden}(\\d+)-(\\d+)-(\\d+)-[0-9a-f]{8}\\.tmp$`);
  }

  /** Padded, so that names sort as their numbers do. */
  final(index: number, number: number): string {
    const place = `${String(index).padStart(3, "0")}-${String(number).padStart(10, "0")}`;
    return `${this.#prefix}-${place}.${this.#extension}`;
  }

  open(index: number, generation: number, nonce: number): string {
    return `.${this.#prefix}-${this.#owner}-${index}-${generation}-${nonceText(nonce)}.open`;
  }

  prepared(name: PreparedName, nonce: number): string {
    const { index, generation, epoch, number, records } = name;
    const facts = `${index}-${generation}-${epoch}-${number}-${records}`;
    return `.${this.#prefix}-${this.#owner}-${facts}-${nonceText(nonce)}.tmp`;
  }

  /** The index and number of a part, also of another sink and of an earlier run. */
  readFinal(name: string): { readonly index: number; readonly number: number } | undefined {
    const found = this.#final.exec(name);
    if (found === null) return undefined;
    return { index: Number(found[1]), number: Number(found[2]) };
  }

  /** Whether it is a part of another job or sink, undecided, that would get names of this one's. */
  isOfOther(name: string, index: number): boolean {
    const found = this.#hidden.exec(name);
    return found !== null && found[1] !== this.#owner && Number(found[2]) === index;
  }

  /** A part of this sink that was being written. */
  readOpen(name: string): { readonly index: number; readonly generation: number } | undefined {
    const found = this.#open.exec(name);
    if (found === null) return undefined;
    return { index: Number(found[1]), generation: Number(found[2]) };
  }

  /** A prepared part of this sink. */
  readPrepared(name: string): PreparedName | undefined {
    const found = this.#prepared.exec(name);
    if (found === null) return undefined;
    const [index, generation, epoch, number, records] = found.slice(1).map(Number);
    return {
      index: index!,
      generation: generation!,
      epoch: epoch!,
      number: number!,
      records: records!,
    };
  }
}

function nonceText(nonce: number): string {
  return (nonce >>> 0).toString(16).padStart(8, "0");
}
