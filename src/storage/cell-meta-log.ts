/**
 * A meta-log of cells: one cell for each slot, made only when it is absent.
 *
 * Owns: the cells whose names begin with that of the log. Does not own: what records mean.
 *
 * M1. Each record carries the hash of the one before it: none can be left out, swapped or replaced.
 * M2. A slot is dropped only when the cell that says so is stored.
 * M3. What was written or read at a slot counts only if the head is not above it afterwards: a
 *     writer that slept can otherwise take a slot that was dropped meanwhile, and believe it.
 */
import { must } from "../base/assert.ts";
import { externalError } from "../base/errors.ts";
import { STORE_ATTEMPTS_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { AppendOutcome, MetaLog } from "../ports/meta-log.ts";
import type { Cell, Cells } from "./cells.ts";
import {
  damaged,
  ID_BYTES,
  type MetaRecord,
  NO_PREVIOUS,
  readMetaRecord,
  writeMetaRecord,
} from "./meta-record.ts";

const SLOT = /^\d{12}$/;

export interface CellMetaLogSettings {
  readonly cells: Cells;
  readonly name: string;
  readonly crypto: Crypto;
}

interface Read {
  readonly record: MetaRecord;
  readonly bytes: Uint8Array;
}

export class CellMetaLog implements MetaLog {
  readonly #cells: Cells;
  readonly #name: string;
  readonly #crypto: Crypto;
  readonly #nonce: Uint8Array;
  /** While the log is empty, what the first record will say if it is ours. */
  #cluster: Uint8Array;
  #head = 0;
  #tail = 0;
  /** The hash of the record before the tail; undefined behind records that were dropped. */
  #last: Uint8Array | undefined = NO_PREVIOUS;

  private constructor({ cells, name, crypto }: CellMetaLogSettings) {
    this.#cells = cells;
    this.#name = name;
    this.#crypto = crypto;
    this.#nonce = crypto.secret(ID_BYTES);
    this.#cluster = crypto.secret(ID_BYTES);
  }

  /** Reads and checks all records. @throws {WallarooError} `log_damaged`, `log_gap` */
  static async open(settings: CellMetaLogSettings): Promise<CellMetaLog> {
    // Records may be dropped while they are read: then it begins again at the new head.
    for (let attempt = 0; attempt < STORE_ATTEMPTS_MAX; attempt++) {
      const log = new CellMetaLog(settings);
      if (await log.#readAll()) return log;
    }
    const { cells, name } = settings;
    throw externalError("store_unavailable", `log ${name} of ${cells.where} does not stay still`);
  }

  async append(slot: number, content: Uint8Array): Promise<AppendOutcome> {
    if (slot > this.#tail) await this.#catchUp();
    if (slot > this.#tail) throw this.#gap(this.#tail);
    if (slot < this.#tail) return await this.#whose(slot, content);
    const bytes = this.#written(slot, content);
    const outcome = await this.#cells.create(this.#cellOf(slot), bytes);
    if (outcome === "unknown") return "unknown";
    if (slot < (await this.#readHead()).head) return "taken"; // M3
    if (outcome === "taken") return await this.#whose(slot, content);
    this.#last = this.#crypto.sha256(bytes);
    this.#tail = slot + 1;
    return "ok";
  }

  async read(slot: number): Promise<Uint8Array | undefined> {
    if (slot >= this.#tail) await this.#catchUp();
    if (slot >= this.#tail) return undefined;
    const found = await this.#read(slot);
    if (found !== undefined && slot >= this.#head) return found.record.content;
    throw this.#gap(slot);
  }

  async tail(): Promise<number> {
    await this.#catchUp();
    return this.#tail;
  }

  async head(): Promise<number> {
    return this.#head;
  }

  async trim(slot: number): Promise<void> {
    const wanted = Math.min(slot, (await this.tail()) - 1);
    const text = new TextEncoder().encode(`${wanted}\n`);
    for (let attempt = 0; attempt < STORE_ATTEMPTS_MAX; attempt++) {
      const { head, version } = await this.#readHead();
      if (wanted <= head) return;
      const name = `${this.#name}/head`;
      const outcome =
        version === undefined
          ? await this.#cells.create(name, text)
          : await this.#cells.replace(name, text, version);
      if (outcome !== "ok") continue; // Read what is there now.
      const from = this.#head;
      this.#head = wanted; // M2
      for (let old = from; old < wanted; old++) await this.#cells.remove(this.#cellOf(old));
      return;
    }
    throw externalError("store_unavailable", `${this.#where()} could not be shortened`);
  }

  async #readAll(): Promise<boolean> {
    const { head } = await this.#readHead();
    const names = await this.#cells.list(`${this.#name}/`);
    const slots = names
      .map((name) => name.slice(this.#name.length + 1))
      .filter((name) => SLOT.test(name))
      .map(Number);
    this.#head = this.#tail = head;
    if (head > 0) this.#last = undefined;
    // A crash, or a writer that slept, left them.
    for (const slot of slots) if (slot < head) await this.#cells.remove(this.#cellOf(slot));
    const end = Math.max(head, ...slots.map((slot) => slot + 1));
    while (this.#tail < end) {
      if (await this.#next()) continue;
      if ((await this.#readHead()).head > head) return false;
      throw this.#gap(this.#tail);
    }
    // The newest record always stays, so that what was dropped cannot be all.
    if (this.#tail === head && head > 0) throw this.#gap(head);
    return true;
  }

  /** Others may have appended. */
  async #catchUp(): Promise<void> {
    while (await this.#next());
  }

  /** Takes the record at the tail, if there is one. */
  async #next(): Promise<boolean> {
    const slot = this.#tail;
    const found = await this.#read(slot);
    if (found === undefined) return false;
    if (slot < (await this.#readHead()).head) throw this.#gap(slot); // M3
    const { record, bytes } = found;
    // Of the first record that is read, nothing is known before.
    const isFirst = slot === 0 || this.#last === undefined;
    if (!isFirst && !this.#crypto.equal(record.cluster, this.#cluster)) {
      throw damaged(this.#where(slot), "it belongs to another cluster");
    }
    if (this.#last !== undefined && !this.#crypto.equal(record.previous, this.#last)) {
      const why = "it does not follow the record before it, which was replaced or changed";
      throw damaged(this.#where(slot), why);
    }
    this.#cluster = record.cluster;
    this.#last = this.#crypto.sha256(bytes);
    this.#tail = slot + 1;
    return true;
  }

  /** Whether what a slot holds was written by us, and is this. */
  async #whose(slot: number, content: Uint8Array): Promise<AppendOutcome> {
    const found = await this.#read(slot);
    if (slot < (await this.#readHead()).head) return "taken"; // M3
    // It was there, or is below the tail: the store contradicts itself, or is another one.
    if (found === undefined) throw this.#gap(slot);
    const { nonce, content: there } = found.record;
    const isOurs = this.#crypto.equal(nonce, this.#nonce);
    if (slot === this.#tail) await this.#next();
    return isOurs && this.#crypto.equal(there, content) ? "ok" : "taken";
  }

  #written(slot: number, content: Uint8Array): Uint8Array {
    const [cluster, nonce] = [this.#cluster, this.#nonce];
    const previous = must(this.#last, "the record before the tail");
    const bytes = writeMetaRecord({ slot, cluster, nonce, previous, content }, this.#crypto);
    const { bytesMax } = this.#cells;
    if (bytes.length <= bytesMax) return bytes;
    throw externalError(
      "record_too_large",
      `${this.#where(slot)} would have ${bytes.length} bytes, the store's limit is ${bytesMax}: ` +
        "use another store, or fewer splits and targets",
    );
  }

  async #read(slot: number): Promise<Read | undefined> {
    const cell = await this.#cells.get(this.#cellOf(slot));
    if (cell === undefined) return undefined;
    const { bytes } = cell;
    return { bytes, record: readMetaRecord(bytes, slot, this.#where(slot), this.#crypto) };
  }

  async #readHead(): Promise<{ head: number; version: string | undefined }> {
    const cell: Cell | undefined = await this.#cells.get(`${this.#name}/head`);
    if (cell === undefined) return { head: 0, version: undefined };
    const text = new TextDecoder().decode(cell.bytes);
    if (/^\d{1,12}\n$/.test(text)) return { head: Number(text), version: cell.version };
    throw damaged(`the head of ${this.#where()}`, "it is no number of a record");
  }

  #cellOf(slot: number): string {
    return `${this.#name}/${String(slot).padStart(12, "0")}`;
  }

  #where(slot?: number): string {
    const log = `log ${this.#name} of ${this.#cells.where}`;
    return slot === undefined ? log : `record ${slot} of ${log}`;
  }

  #gap(slot: number): Error {
    return externalError(
      "log_gap",
      `${this.#where(slot)} is missing, and later ones are there, or were dropped: put it back ` +
        "from a copy, or begin in another store",
    );
  }
}
