import { userError } from "../../base/errors.ts";
import type { Committer, Epoch, Sink, SinkContext, SinkWriter } from "../../model/sink.ts";

export interface MemorySinkOptions {
  /** A slow target: called for each write; while its promise is pending, the sink takes no more.
   *  When it rejects, the write fails. */
  readonly delay?: (count: number) => void | Promise<void>;
}

/** A prepared transaction: its place in the list of all. */
export interface MemoryPending {
  readonly transaction: number;
  readonly records: number;
}

/** A sink whose records the program can look at. */
export interface MemorySink<T> {
  readonly sink: Sink<T, MemoryPending>;
  /** All records in the order they were written, committed or not. */
  readonly records: readonly T[];
  /** The records of committed transactions, in the order of the commits. */
  readonly committed: readonly T[];
}

/**
 * A sink into an array: records appear in `committed` when their transaction is committed.
 *
 * @example
 * const counts = memory.sink<{ word: string; count: number }>();
 */
export function memorySink<T>(options: MemorySinkOptions = {}): MemorySink<T> {
  const records: T[] = [];
  const committed: T[] = [];
  const transactions: Transaction<T>[] = [];
  const sink: Sink<T, MemoryPending> = {
    kind: "memory",
    about: "memory",
    delivery: "exactly-once",
    open: async (ctx) => new MemoryWriter(records, transactions, options, ctx),
    committer: async (ctx) => new MemoryCommitter(committed, transactions, ctx),
  };
  return { sink, records, committed };
}

interface Transaction<T> {
  readonly job: string;
  readonly sink: string;
  readonly generation: number;
  readonly epoch: Epoch;
  readonly records: readonly T[];
  state: "prepared" | "committed" | "aborted";
}

class MemoryWriter<T> implements SinkWriter<T, MemoryPending> {
  readonly #all: T[];
  readonly #transactions: Transaction<T>[];
  readonly #options: MemorySinkOptions;
  readonly #ctx: SinkContext;
  #open: T[] = [];

  constructor(
    all: T[],
    transactions: Transaction<T>[],
    options: MemorySinkOptions,
    ctx: SinkContext,
  ) {
    this.#all = all;
    this.#transactions = transactions;
    this.#options = options;
    this.#ctx = ctx;
  }

  write(records: readonly T[]): void | Promise<void> {
    for (const record of records) {
      this.#all.push(record);
      this.#open.push(record);
    }
    return this.#options.delay?.(records.length);
  }

  flush(): void {}

  async prepare(epoch: Epoch): Promise<MemoryPending | undefined> {
    const records = this.#open;
    if (records.length === 0) return undefined;
    this.#open = [];
    const { job, sink, generation } = this.#ctx;
    this.#transactions.push({ job, sink, generation, epoch, records, state: "prepared" });
    return { transaction: this.#transactions.length - 1, records: records.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = [];
  }
}

class MemoryCommitter<T> implements Committer<MemoryPending> {
  readonly #committed: T[];
  readonly #transactions: Transaction<T>[];
  readonly #ctx: SinkContext;

  constructor(committed: T[], transactions: Transaction<T>[], ctx: SinkContext) {
    this.#committed = committed;
    this.#transactions = transactions;
    this.#ctx = ctx;
  }

  async commit(pending: MemoryPending): Promise<void> {
    const transaction = this.#find(pending);
    if (transaction.state === "committed") return;
    if (transaction.state === "aborted") {
      throw userError("aborted", `memory: transaction ${pending.transaction} was taken back`);
    }
    transaction.state = "committed";
    for (const record of transaction.records) this.#committed.push(record);
  }

  async abort(pending: MemoryPending): Promise<void> {
    const transaction = this.#find(pending);
    if (transaction.state === "committed") {
      throw userError("committed", `memory: transaction ${pending.transaction} is committed`);
    }
    transaction.state = "aborted";
  }

  async list() {
    const { job, sink } = this.#ctx;
    return this.#transactions.flatMap((transaction, index) =>
      transaction.state === "prepared" && transaction.job === job && transaction.sink === sink
        ? [
            {
              generation: transaction.generation,
              epoch: transaction.epoch,
              pending: { transaction: index, records: transaction.records.length },
            },
          ]
        : [],
    );
  }

  #find(pending: MemoryPending): Transaction<T> {
    const transaction = this.#transactions[pending.transaction];
    if (transaction !== undefined) return transaction;
    throw userError(
      "bad_transaction",
      `memory: there is no transaction ${JSON.stringify(pending)}: was it another process?`,
    );
  }
}
