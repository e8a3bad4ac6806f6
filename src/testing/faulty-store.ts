/**
 * A store around a store, which fails as stores do: answers are lost, writes are applied seconds
 * later, refused or slow, by a seed and the clock that it is given.
 */
import { externalError } from "../base/errors.ts";
import type { Prng } from "../base/prng.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { AppendOutcome, MetaLog } from "../ports/meta-log.ts";
import type { Store } from "../ports/store.ts";

/** How likely each is, of all calls, in [0, 1]. */
export interface StoreFaults {
  /** Done, but the answer does not come. */
  readonly lost?: number;
  /** Not done. */
  readonly refused?: number;
  /** A write to a log is done up to `lateMs` later, when its writer has given up. */
  readonly zombie?: number;
  /** Done after up to `slowMs`. */
  readonly slow?: number;
  readonly slowMs?: number;
  readonly lateMs?: number;
}

export interface FaultyStoreSettings {
  readonly store: Store;
  readonly clock: Pick<Clock, "after">;
  readonly prng: Prng;
}

export class FaultyStore implements Store {
  readonly url: string;
  readonly durability: string;
  readonly blobs: BlobStore;
  readonly #settings: FaultyStoreSettings;
  /** May be changed at any time; none at first. */
  faults: StoreFaults = {};
  /** An append to a slot that is taken says `ok`: what no sound engine survives. */
  ignoresConditions = false;
  /** Faults so far, by kind. */
  readonly counts = { lost: 0, refused: 0, zombie: 0, slow: 0 };

  constructor(settings: FaultyStoreSettings) {
    this.#settings = settings;
    const { url, durability, blobs } = settings.store;
    this.url = url;
    this.durability = durability;
    this.blobs = this.#around(blobs);
  }

  async log(name: string): Promise<MetaLog> {
    const log = await this.#call(() => this.#settings.store.log(name));
    return {
      append: (slot, record) => this.#append(log, slot, record.slice()),
      read: (slot) => this.#call(() => log.read(slot)),
      tail: () => this.#call(() => log.tail()),
      head: () => this.#call(() => log.head()),
      trim: (slot) => this.#call(() => log.trim(slot)),
    };
  }

  async logs(folder: string): Promise<readonly string[]> {
    return await this.#call(() => this.#settings.store.logs(folder));
  }

  async close(): Promise<void> {
    await this.#settings.store.close();
  }

  #around(blobs: BlobStore): BlobStore {
    return {
      create: async (name) => {
        const writer = await this.#call(() => blobs.create(name));
        return {
          write: (bytes, start, end) => writer.write(bytes, start, end),
          // A writer whose last answer was lost cannot be told from one that failed.
          finish: () => this.#call(() => writer.finish()),
          abort: () => writer.abort(),
        };
      },
      put: (name, bytes) => this.#call(() => blobs.put(name, bytes)),
      read: (name, start, end) => this.#call(() => blobs.read(name, start, end)),
      get: (name) => this.#call(() => blobs.get(name)),
      stat: (name) => this.#call(() => blobs.stat(name)),
      list: (prefix) => this.#call(() => blobs.list(prefix)),
      remove: (name) => this.#call(() => blobs.remove(name)),
    };
  }

  async #append(log: MetaLog, slot: number, record: Uint8Array): Promise<AppendOutcome> {
    if (this.#happens("zombie")) {
      const delayMs = this.#settings.prng.next() * (this.faults.lateMs ?? 5_000);
      this.#settings.clock.after(delayMs, () => {
        // Nobody hears what became of it.
        log.append(slot, record).catch(() => undefined);
      });
      return "unknown";
    }
    if (this.#happens("refused")) throw unavailable("refused");
    if (this.#happens("slow")) await this.#delay();
    const outcome = await log.append(slot, record);
    if (this.#happens("lost")) return "unknown";
    return this.ignoresConditions && outcome === "taken" ? "ok" : outcome;
  }

  async #call<R>(work: () => Promise<R>): Promise<R> {
    if (this.#happens("refused")) throw unavailable("refused");
    if (this.#happens("slow")) await this.#delay();
    const result = await work();
    if (this.#happens("lost")) throw unavailable("its answer was lost");
    return result;
  }

  #happens(fault: "lost" | "refused" | "zombie" | "slow"): boolean {
    const chance = this.faults[fault] ?? 0;
    if (chance === 0 || this.#settings.prng.next() >= chance) return false;
    this.counts[fault]++;
    return true;
  }

  async #delay(): Promise<void> {
    const delayMs = this.#settings.prng.next() * (this.faults.slowMs ?? 5_000);
    await new Promise<void>((resolve) => {
      this.#settings.clock.after(delayMs, resolve);
    });
  }
}

function unavailable(why: string): Error {
  return externalError("store_unavailable", `the store of the test: ${why}`);
}
