/**
 * Where a sink's transactions end, in the store of the job's checkpoints: what a writer in another
 * process goes on from. Without a store the receiver is asked, which not every one can answer.
 */
import type { Epoch, SinkContext } from "../../model/sink.ts";
import { instanceOf } from "./transactions.ts";

const EPOCH_DIGITS = 16;

export class Ledger {
  readonly #store: SinkContext["staging"];
  readonly #prefix: string;

  constructor(ctx: SinkContext) {
    this.#store = ctx.staging;
    this.#prefix = `bridge/${instanceOf(ctx)}/`;
  }

  /** Where the last transaction ends that was not taken back. */
  async last(): Promise<number | undefined> {
    const entries = (await this.#store?.list(this.#prefix)) ?? [];
    const name = entries.at(-1)?.name;
    return name === undefined ? undefined : Number(name.slice(this.#prefix.length).split("-")[1]);
  }

  /** Before the receiver is asked to prepare. */
  async note(epoch: Epoch, end: number): Promise<void> {
    await this.#store?.put(`${this.#nameOf(epoch)}-${end}`, new Uint8Array(0));
  }

  /** Before it is told to take back. */
  async strike(epoch: Epoch, end: number): Promise<void> {
    await this.#store?.remove(`${this.#nameOf(epoch)}-${end}`);
  }

  /** It is committed: nobody asks for earlier ones. */
  async forgetBefore(epoch: Epoch): Promise<void> {
    const mine = this.#nameOf(epoch);
    for (const { name } of (await this.#store?.list(this.#prefix)) ?? []) {
      if (name < mine) await this.#store?.remove(name);
    }
  }

  #nameOf(epoch: Epoch): string {
    return `${this.#prefix}${String(epoch).padStart(EPOCH_DIGITS, "0")}`;
  }
}
