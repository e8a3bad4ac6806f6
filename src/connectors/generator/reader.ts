/**
 * Reads a generator: batches as full as the pace allows.
 *
 * A1. A position tells everything that the records after it depend on.
 */
import { BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Position } from "../../model/context.ts";
import type { Batch, SourceContext, SplitReader } from "../../model/source.ts";
import { Nap } from "../nap.ts";
import { Pace } from "./pace.ts";

/** Makes records one after another. */
export interface Maker<T> {
  /** The number of the next record. */
  readonly index: number;
  readonly isFinished: boolean;
  /** Makes the next record and moves on; undefined when there is none of this number. */
  make(): T | undefined;
  /** The position before record `index`, when `previous` is the record before it. */
  position(index: number, previous: T | undefined): Position;
}

export class GeneratorReader<T> implements SplitReader<T> {
  readonly #maker: Maker<T>;
  readonly #ctx: SourceContext;
  readonly #nap: Nap;
  readonly #pace: Pace;
  #previous: T | undefined;
  #isClosed = false;

  /** `previous`: the record before the first one, when there is one. */
  constructor(
    maker: Maker<T>,
    ctx: SourceContext,
    rate: number | undefined,
    previous: T | undefined,
  ) {
    this.#maker = maker;
    this.#ctx = ctx;
    this.#nap = new Nap(ctx.clock);
    this.#pace = new Pace(ctx.clock, rate);
    this.#previous = previous;
  }

  async *read(): AsyncGenerator<Batch<T>> {
    while (!this.#isClosed && !this.#maker.isFinished) {
      const due = this.#pace.due(BATCH_RECORDS_MAX);
      const batch = due === 0 ? undefined : this.#batch(due);
      if (batch !== undefined) yield batch;
      else await this.#nap.wait(this.#pace.waitMs());
    }
  }

  acknowledge(): Promise<void> {
    return Promise.resolve();
  }

  stats(): Readonly<Record<string, number | string>> {
    return { next: this.#maker.index };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#nap.wake();
  }

  #batch(due: number): Batch<T> | undefined {
    const maker = this.#maker;
    const before = this.#previous;
    const records: T[] = [];
    const numbers: number[] = [];
    let tries = 0;
    for (; tries < due && !maker.isFinished; tries++) {
      const number = maker.index;
      const record = maker.make();
      if (record === undefined) continue;
      records.push(record);
      numbers.push(number);
    }
    this.#pace.took(tries);
    if (records.length === 0) return undefined;
    const last = records[records.length - 1];
    this.#previous = last;
    return new GeneratedBatch(records, numbers, this.#ctx.clock.now(), maker, before);
  }
}

/** Positions are made when somebody asks: most batches see none. */
class GeneratedBatch<T> implements Batch<T> {
  readonly records: readonly T[];
  readonly count: number;
  readonly time: number;
  readonly #numbers: readonly number[];
  readonly #maker: Maker<T>;
  readonly #before: T | undefined;
  readonly #nextNumber: number;

  constructor(
    records: readonly T[],
    numbers: readonly number[],
    time: number,
    maker: Maker<T>,
    before: T | undefined,
  ) {
    this.records = records;
    this.count = records.length;
    this.time = time;
    this.#numbers = numbers;
    this.#maker = maker;
    this.#before = before;
    this.#nextNumber = maker.index;
  }

  get next(): Position {
    return this.#maker.position(this.#nextNumber, this.records[this.count - 1]);
  }

  positionOf(i: number): Position {
    const previous = i === 0 ? this.#before : this.records[i - 1];
    return this.#maker.position(this.#numbers[i]!, previous);
  }
}
