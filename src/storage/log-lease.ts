/**
 * A lease kept in a log: who holds it is what the newest record says. It serves every store, since
 * a log's "create slot N if absent" is a compare-and-set whose version is the slot.
 */
import { LEASE_RECORDS_KEPT } from "../model/limits.ts";
import type { Held, Lease, SwapOutcome } from "../ports/lease.ts";
import type { MetaLog } from "../ports/meta-log.ts";

export class LogLease implements Lease {
  readonly #log: MetaLog;

  constructor(log: MetaLog) {
    this.#log = log;
  }

  async read(): Promise<Held | undefined> {
    const tag = (await this.#log.tail()) - 1;
    const value = tag < 0 ? undefined : await this.#log.read(tag);
    return value === undefined ? undefined : { tag, value };
  }

  async swap(value: Uint8Array, tag: number | undefined): Promise<SwapOutcome> {
    const slot = tag === undefined ? 0 : tag + 1;
    const outcome = await this.#log.append(slot, value);
    if (outcome !== "ok") return outcome === "taken" ? "lost" : outcome;
    if (slot % LEASE_RECORDS_KEPT === 0) await this.#log.trim(slot);
    return { tag: slot };
  }
}
