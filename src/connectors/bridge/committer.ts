/** Decides transactions by their names alone, so in any process. */
import { userError, WallarooError } from "../../base/errors.ts";
import type { Committer, PreparedTransaction, SinkContext } from "../../model/sink.ts";
import type { Delivery } from "./delivery.ts";
import { Deliveries } from "./deliveries.ts";
import type { Ledger } from "./ledger.ts";
import type { DeliverySettings } from "./receiver-link.ts";
import { type PendingBytes, readName, type Transaction } from "./transactions.ts";

export class BridgeCommitter implements Committer<PendingBytes> {
  readonly #settings: DeliverySettings;
  readonly #ledger: Ledger;
  readonly #ctx: SinkContext;

  constructor(settings: DeliverySettings, ledger: Ledger, ctx: SinkContext) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#ctx = ctx;
  }

  async commit({ transaction }: PendingBytes): Promise<void> {
    const { epoch, end } = this.#read(transaction);
    await this.#with((delivery) => delivery.decide(transaction, true));
    await this.#ledger.commit(epoch, end);
  }

  async abort({ transaction }: PendingBytes): Promise<void> {
    this.#read(transaction);
    await this.#with((delivery) => delivery.decide(transaction, false));
  }

  /** Of a receiver that is away nothing is known: its writer takes back what it finds there. */
  async list(): Promise<readonly PreparedTransaction<PendingBytes>[]> {
    const { stream } = this.#settings.intro;
    const names = await this.#with((delivery) => delivery.list()).catch((error: unknown) => {
      if (!(error instanceof WallarooError) || error.code !== "sink_away") throw error;
      this.#ctx.log.warn("a receiver is away: what it has undecided is not known", {
        why: error.message,
      });
      return [];
    });
    const found: PreparedTransaction<PendingBytes>[] = [];
    for (const transaction of names) {
      const read = readName(stream, transaction);
      if (read === undefined) continue;
      const { generation, epoch } = read;
      found.push({ generation, epoch, pending: { transaction } });
    }
    return found.toSorted((a, b) => a.generation - b.generation || a.epoch - b.epoch);
  }

  async #with<R>(fn: (delivery: Delivery) => Promise<R>): Promise<R> {
    const deliveries = Deliveries.of(this.#ctx.network);
    const delivery = deliveries.take(this.#settings, this.#ctx);
    try {
      return await fn(delivery);
    } finally {
      deliveries.release(this.#settings);
    }
  }

  #read(transaction: string): Transaction {
    const read = readName(this.#settings.intro.stream, transaction);
    if (read !== undefined) return read;
    throw userError(
      "bad_transaction",
      `bridge.connect: ${JSON.stringify(transaction)} is no transaction of this sink: ` +
        "did the job, or the sink, have another name?",
    );
  }
}
