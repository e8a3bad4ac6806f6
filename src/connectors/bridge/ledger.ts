/**
 * Where the committed bytes of a sink end, in the store of the job's checkpoints: what a writer in
 * another process goes on from. Without a store the receiver is asked; not every one can answer.
 *
 * A commit is noted before it is told to be done, and is made again until then: so the newest note
 * is never behind what a later checkpoint knows, and never ahead of what is committed.
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

  /** Where the committed bytes end; undefined where nothing is noted. */
  async end(): Promise<number | undefined> {
    const name = (await this.#names()).at(-1);
    return name === undefined ? undefined : Number(name.slice(this.#prefix.length).split("-")[1]);
  }

  /** What `epoch` wrote is committed, up to `end`. Earlier notes go; an old commit that is made
   *  again leaves the newest as it is. */
  async commit(epoch: Epoch, end: number): Promise<void> {
    const name = `${this.#prefix}${String(epoch).padStart(EPOCH_DIGITS, "0")}-${end}`;
    await this.#store?.put(name, new Uint8Array(0));
    const names = await this.#names();
    for (const older of names.slice(0, -1)) await this.#store?.remove(older);
  }

  /** By epoch. */
  async #names(): Promise<readonly string[]> {
    return ((await this.#store?.list(this.#prefix)) ?? []).map(({ name }) => name);
  }
}
