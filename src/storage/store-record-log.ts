/**
 * A record log in a store: blocks are blobs, and a log of slots says which of them count, so that
 * any worker reads what another has written.
 *
 * Owns: the blobs and slots of its name. Does not own: what is in the blocks.
 *
 * D1. A block counts when the slot that names it is taken by us, after its blob is durable.
 * D2. Whoever opens the log takes a slot. So who had it before finds its next slot taken, and never
 *     promises anything again, also when it does not know that it was replaced.
 * D3. An append whose answer is lost is made again, until it is known whether the slot is ours.
 * D4. Slots are dropped before the blobs that they name: no slot names what is not there.
 */
import { externalError, WallarooError } from "../base/errors.ts";
import { STORE_ATTEMPTS_MAX } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { AppendOutcome, MetaLog } from "../ports/meta-log.ts";
import type { LogBlock, LogPlace, RecordLog } from "../ports/record-log.ts";
import { logDamaged } from "./log-segment.ts";

export interface StoreRecordLogSettings {
  readonly blobs: BlobStore;
  /** The log of slots, which nobody else uses. */
  readonly slots: MetaLog;
  /** Before the names of its blobs, without `/` at its end. */
  readonly prefix: string;
  readonly crypto: Crypto;
}

/** What a slot says. */
type Slot =
  | { readonly is: "opened" }
  | {
      readonly is: "block";
      readonly blob: string;
      readonly size: number;
      readonly crc32: number;
    };

export class StoreRecordLog implements RecordLog {
  readonly room = 0;
  readonly #settings: StoreRecordLogSettings;
  readonly #nonce: string;
  #head: number;
  #tail: number;
  #failed: WallarooError | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(settings: StoreRecordLogSettings, head: number, tail: number) {
    this.#settings = settings;
    this.#nonce = settings.crypto.secret(8).toHex();
    this.#head = head;
    this.#tail = tail;
  }

  /** Takes the log over from whoever had it. */
  static async open(settings: StoreRecordLogSettings): Promise<StoreRecordLog> {
    const { slots } = settings;
    for (let attempt = 0; attempt < STORE_ATTEMPTS_MAX; attempt++) {
      const log = new StoreRecordLog(settings, await slots.head(), await slots.tail());
      if ((await log.#take({ is: "opened" })) !== "ok") continue; // D2
      await log.#sweep();
      return log;
    }
    const text = `the log ${settings.prefix} is taken by others again and again`;
    throw externalError("log_taken", `${text}: is its job running twice?`);
  }

  /** Its slots are numbered by the store, so that nothing can begin behind what is lost. */
  readonly onLoss =
    "put it back from a copy; or deploy the app as a new job, by another --name, which begins " +
    "with empty state and without what this log holds";

  get begin(): LogPlace {
    return { segment: this.#head, offset: 0 };
  }

  get end(): LogPlace {
    return { segment: this.#tail, offset: 0 };
  }

  async append(bytes: Uint8Array): Promise<LogBlock> {
    if (this.#failed !== undefined) throw this.#failed;
    const { blobs, crypto } = this.#settings;
    const segment = this.#tail;
    const blob = this.#nameOf(segment);
    try {
      await blobs.put(blob, bytes); // D1
      const crc32 = crypto.crc32(bytes);
      const outcome = await this.#take({ is: "block", blob, size: bytes.length, crc32 });
      if (outcome !== "ok") throw this.#lost(outcome);
    } catch (error) {
      throw this.#fail(error);
    }
    return { place: { segment, offset: 0 }, next: this.end, bytes };
  }

  async read(place: LogPlace): Promise<LogBlock | undefined> {
    const { blobs, crypto } = this.#settings;
    for (let segment = place.segment; segment < this.#tail; segment++) {
      const slot = await this.#slot(segment);
      if (slot?.is !== "block") continue;
      const where = `block ${segment} of the log ${this.#settings.prefix}`;
      const bytes = await blobs.get(slot.blob);
      const isWhole = bytes.length === slot.size && crypto.crc32(bytes) === slot.crc32;
      if (!isWhole) throw logDamaged(where, "its checksum is another", this.onLoss);
      return { place: { segment, offset: 0 }, next: { segment: segment + 1, offset: 0 }, bytes };
    }
    return undefined;
  }

  passLoss(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async dropBefore({ segment }: LogPlace): Promise<void> {
    const { blobs } = this.#settings;
    // The newest slot always stays.
    const until = Math.min(segment, this.#tail - 1);
    if (until <= this.#head) return;
    const old: string[] = [];
    for (let at = this.#head; at < until; at++) {
      const slot = await this.#slot(at);
      if (slot?.is === "block") old.push(slot.blob);
    }
    await this.#inTurn((slots) => slots.trim(until)); // D4
    this.#head = until;
    for (const name of old) await blobs.remove(name);
  }

  close(): Promise<void> {
    this.#failed ??= externalError("log_closed", `the log ${this.#settings.prefix} is closed`);
    return Promise.resolve();
  }

  /** Takes the slot at the tail. */
  async #take(slot: Slot): Promise<AppendOutcome> {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...slot, by: this.#nonce }));
    for (let attempt = 0; attempt < STORE_ATTEMPTS_MAX; attempt++) {
      const outcome = await this.#inTurn((slots) => slots.append(this.#tail, bytes));
      if (outcome === "unknown") continue; // D3
      if (outcome === "ok") this.#tail++;
      return outcome;
    }
    return "unknown";
  }

  /** One call of the log of slots at a time. */
  #inTurn<R>(call: (slots: MetaLog) => Promise<R>): Promise<R> {
    const next = this.#turn.then(() => call(this.#settings.slots));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #slot(segment: number): Promise<Slot | undefined> {
    const bytes = await this.#inTurn((slots) => slots.read(segment));
    // Written by this class, and checked by the log of slots.
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Slot);
  }

  /** Removes blobs that no slot names any more: a crash between trimming and removing left them. */
  async #sweep(): Promise<void> {
    const { blobs, prefix } = this.#settings;
    for (const { name } of await blobs.list(`${prefix}/`)) {
      const segment = Number(/(\d+)-[0-9a-f]+$/.exec(name)?.[1] ?? Infinity);
      if (segment < this.#head) await blobs.remove(name);
    }
  }

  #nameOf(segment: number): string {
    return `${this.#settings.prefix}/${String(segment).padStart(12, "0")}-${this.#nonce}`;
  }

  #lost(outcome: AppendOutcome): WallarooError {
    const { prefix } = this.#settings;
    return outcome === "taken"
      ? externalError("log_taken", `another worker has taken the log ${prefix} over`)
      : externalError("store_unavailable", `the store does not say whether ${prefix} has grown`);
  }

  /** Whatever failed: what is in the store is found out by whoever opens the log next. */
  #fail(error: unknown): unknown {
    if (error instanceof WallarooError && error.code === "disk_full") return error;
    if (error instanceof WallarooError) this.#failed ??= error;
    return error;
  }
}
