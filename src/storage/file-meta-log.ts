/**
 * A meta-log in a folder: one file for each slot, put there whole by link(2), which gives a name
 * only once. For one machine, or a shared folder whose link is atomic.
 *
 * Owns: the folder. Does not own: what records mean.
 *
 * M1. A slot's file is complete and durable before it has its name.
 * M2. Each record carries the hash of the one before it: none can be left out, swapped or replaced.
 * M3. A slot is dropped only when the file that says so is durable. Such files are made, and never
 *     replaced: a writer that slept can otherwise say again that slots are there which are gone.
 * M4. What was written or read at a slot counts only if the head is not above it afterwards: a
 *     writer that slept can otherwise take a slot that was dropped meanwhile, and believe it.
 * M5. What is neither a slot nor a temporary file of ours is not touched.
 */
import { assert } from "../base/assert.ts";
import { externalError, messageOf, userError, WallarooError } from "../base/errors.ts";
import { META_RECORD_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { AppendOutcome, MetaLog } from "../ports/meta-log.ts";
import { createInside } from "./durable-folder.ts";
import {
  damaged,
  ID_BYTES,
  META_FILE_BYTES_MAX,
  NO_PREVIOUS,
  type MetaRecord,
  readMetaRecord,
  writeMetaRecord,
} from "./meta-record.ts";

const SLOT = /^\d{12}\.rec$/;
/** Named by the oldest slot that counts, once some were dropped. The greatest counts. */
const HEAD = /^\d{12}\.head$/;
const TEMPORARY = /^[0-9a-f]+\.\d+\.tmp$/;

export interface FileMetaLogSettings {
  /** Absolute path; made when absent. */
  readonly folder: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
  /** Changes nothing: another process may write to it. */
  readonly isReader?: boolean;
}

export class FileMetaLog implements MetaLog {
  readonly #settings: FileMetaLogSettings;
  /** While the log is empty, what the first record will say if it is ours. */
  #cluster: Uint8Array;
  readonly #nonce: Uint8Array;
  #head: number;
  #tail: number;
  #count = 0;
  /** The hash of the record before the tail. */
  #last: Uint8Array;

  private constructor(
    settings: FileMetaLogSettings,
    found: { cluster: Uint8Array; head: number; tail: number; last: Uint8Array },
  ) {
    this.#settings = settings;
    this.#cluster = found.cluster;
    this.#head = found.head;
    this.#nonce = settings.crypto.secret(ID_BYTES);
    this.#tail = found.tail;
    this.#last = found.last;
  }

  /** Reads and checks all records. @throws {WallarooError} `log_damaged`, `log_gap`, `no_links` */
  static async open(settings: FileMetaLogSettings): Promise<FileMetaLog> {
    const { disk, folder, crypto, isReader = false } = settings;
    if (disk.link === undefined) throw userError("no_links", `${folder}: this disk has no links`);
    if (!isReader) await disk.makeFolder(folder);
    const names = await disk.list(folder);
    const head = headOf(names);
    if (head > 0) await checkHead(disk, `${folder}/${fileName(head, "head")}`, head);
    const slots = names.filter((name) => SLOT.test(name) && name >= fileName(head));
    for (const name of isReader ? [] : names.filter((one) => isOver(one, head))) {
      await disk.remove(`${folder}/${name}`);
    }
    let last: Uint8Array | undefined = head === 0 ? NO_PREVIOUS : undefined;
    let cluster: Uint8Array | undefined;
    for (const [i, name] of slots.entries()) {
      const slot = head + i;
      if (name !== fileName(slot)) throw gap(folder, slot);
      const bytes = await readFile(disk, `${folder}/${name}`);
      const record = readMetaRecord(bytes, slot, whereOf(folder, slot), crypto);
      checkChain(record, { cluster, last, folder, crypto });
      cluster ??= record.cluster;
      last = crypto.sha256(bytes);
    }
    // The newest record always stays, so that what was dropped cannot be all.
    if (last === undefined) throw gap(folder, head);
    cluster ??= crypto.secret(ID_BYTES);
    const tail = head + slots.length;
    return new FileMetaLog(settings, { cluster, head, tail, last });
  }

  /** Of the cluster whose log this is: 32 hexadecimal digits. True once there is a record. */
  get clusterId(): string {
    return this.#cluster.toHex();
  }

  async append(slot: number, content: Uint8Array): Promise<AppendOutcome> {
    assert(content.length <= META_RECORD_BYTES_MAX, "a record of the log is within its limit");
    await this.#catchUp();
    if (slot > this.#tail) throw gap(this.#settings.folder, this.#tail);
    if (slot < this.#tail) return await this.#whose(slot, content);
    const outcome = await this.#create(slot, content);
    if (outcome === "unknown") return outcome;
    if (await this.#isDropped(slot)) return "taken"; // M4
    if (outcome === "ok") return outcome;
    await this.#catchUp();
    return slot < this.#tail ? await this.#whose(slot, content) : "unknown";
  }

  async read(slot: number): Promise<Uint8Array | undefined> {
    await this.#catchUp();
    if (slot < this.#head) throw gap(this.#settings.folder, slot);
    return slot < this.#tail ? (await this.#record(slot)).record.content : undefined;
  }

  async head(): Promise<number> {
    return this.#head;
  }

  async trim(slot: number): Promise<void> {
    const { disk, folder } = this.#settings;
    const head = Math.min(slot, (await this.tail()) - 1);
    if (head <= this.#head) return;
    const temporary = `${folder}/${this.#nonce.toHex()}.${++this.#count}.tmp`;
    await writeWhole(this.#settings, temporary, new TextEncoder().encode(`${head}\n`));
    await disk.link!(temporary, `${folder}/${fileName(head, "head")}`);
    await disk.syncFolder(folder); // M3
    await disk.remove(temporary);
    const from = this.#head;
    this.#head = head;
    for (let old = from; old < head; old++) await disk.remove(`${folder}/${fileName(old)}`);
    await disk.remove(`${folder}/${fileName(from, "head")}`);
  }

  async tail(): Promise<number> {
    await this.#catchUp();
    return this.#tail;
  }

  async #create(slot: number, content: Uint8Array): Promise<AppendOutcome> {
    const { disk, folder, crypto } = this.#settings;
    const [cluster, nonce, previous] = [this.#cluster, this.#nonce, this.#last];
    const bytes = writeMetaRecord({ slot, cluster, nonce, previous, content }, crypto);
    const temporary = `${folder}/${nonce.toHex()}.${++this.#count}.tmp`;
    const path = `${folder}/${fileName(slot)}`;
    // Until the link nothing has happened: a failure up to there is a plain error.
    await writeWhole(this.#settings, temporary, bytes); // M1
    let outcome: AppendOutcome;
    try {
      outcome = (await disk.link!(temporary, path)) === "ok" ? "ok" : "taken";
      await disk.syncFolder(folder);
    } catch (error) {
      if (!(error instanceof WallarooError)) throw error;
      outcome = "unknown";
    }
    // What is left behind is removed by the next that opens the log.
    await disk.remove(temporary).catch(() => undefined);
    if (outcome === "ok") {
      this.#tail = slot + 1;
      this.#last = crypto.sha256(bytes);
    }
    return outcome;
  }

  /** Whether what a slot holds was written by us, and is this. */
  async #whose(slot: number, content: Uint8Array): Promise<AppendOutcome> {
    const { disk, folder, crypto } = this.#settings;
    if (await this.#isDropped(slot)) return "taken"; // M4
    const { record } = await this.#record(slot);
    const isOurs = crypto.equal(record.nonce, this.#nonce);
    if (!isOurs || !crypto.equal(record.content, content)) return "taken";
    try {
      await disk.syncFolder(folder);
    } catch (error) {
      if (!(error instanceof WallarooError)) throw error;
      return "unknown";
    }
    await this.#catchUp();
    return "ok";
  }

  /** Others may have appended. */
  async #catchUp(): Promise<void> {
    const { disk, folder, crypto } = this.#settings;
    while ((await disk.stat(`${folder}/${fileName(this.#tail)}`)) !== undefined) {
      const slot = this.#tail;
      const { record, bytes } = await this.#record(slot);
      if (await this.#isDropped(slot)) throw gap(folder, slot); // M4
      const cluster = slot === 0 ? undefined : this.#cluster;
      checkChain(record, { cluster, last: this.#last, folder, crypto });
      this.#cluster = record.cluster;
      this.#last = crypto.sha256(bytes);
      this.#tail = slot + 1;
    }
  }

  async #isDropped(slot: number): Promise<boolean> {
    const { disk, folder } = this.#settings;
    return slot < headOf(await disk.list(folder));
  }

  async #record(slot: number): Promise<{ record: MetaRecord; bytes: Uint8Array }> {
    const { disk, folder, crypto } = this.#settings;
    const bytes = await readFile(disk, `${folder}/${fileName(slot)}`);
    return { record: readMetaRecord(bytes, slot, whereOf(folder, slot), crypto), bytes };
  }
}

interface Chain {
  readonly cluster: Uint8Array | undefined;
  /** Undefined behind records that were dropped. */
  readonly last: Uint8Array | undefined;
  readonly folder: string;
  readonly crypto: Crypto;
}

/** M2 */
function checkChain(record: MetaRecord, { cluster, last, folder, crypto }: Chain): void {
  const where = whereOf(folder, record.slot);
  if (cluster !== undefined && !crypto.equal(record.cluster, cluster)) {
    throw damaged(where, "it belongs to another cluster");
  }
  if (last === undefined || crypto.equal(record.previous, last)) return;
  throw damaged(where, "it does not follow the record before it, which was replaced or changed");
}

async function writeWhole(to: FileMetaLogSettings, path: string, bytes: Uint8Array): Promise<void> {
  const { disk, folder } = to;
  const file = await createInside(disk, folder, path);
  try {
    await file.write(bytes, 0, bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readFile(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, "read");
  try {
    const { size } = await file.stat();
    if (size > META_FILE_BYTES_MAX) throw damaged(path, `it has ${size} bytes, over the limit`);
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const count = await file.read(bytes.subarray(at), size - at, at);
      if (count === 0) break;
      at += count;
    }
    return bytes.subarray(0, at);
  } catch (error) {
    if (error instanceof WallarooError) throw error;
    throw externalError("disk", `cannot read ${path}: ${messageOf(error)}`, error);
  } finally {
    await file.close();
  }
}

/** From where on records count, by the names that are there. */
function headOf(names: readonly string[]): number {
  const newest = names.findLast((name) => HEAD.test(name));
  return newest === undefined ? 0 : parseInt(newest, 10);
}

/** A crash left it: nobody writes to it any more, or its link fails, which is an outcome too; or it
 *  was dropped. */
function isOver(name: string, head: number): boolean {
  if (HEAD.test(name)) return name < fileName(head, "head");
  return TEMPORARY.test(name) || (SLOT.test(name) && name < fileName(head));
}

async function checkHead(disk: Disk, path: string, head: number): Promise<void> {
  const text = new TextDecoder().decode(await readFile(disk, path));
  if (text !== `${head}\n`) throw damaged(path, "it does not hold the number that its name says");
}

function fileName(slot: number, kind: "rec" | "head" = "rec"): string {
  return `${String(slot).padStart(12, "0")}.${kind}`;
}

function whereOf(folder: string, slot: number): string {
  return `record ${slot} of the log (${folder}/${fileName(slot)})`;
}

function gap(folder: string, slot: number): Error {
  return externalError(
    "log_gap",
    `record ${slot} of the log ${folder} is missing, and later ones are there: put it back ` +
      "from a copy, or name another folder with --data",
  );
}
