/**
 * Savepoints of a job: manifests beside its log, which keep their files until they are removed.
 * Each is one blob: the SHA-256 of what follows, then the manifest as plain data.
 */
import { ByteWriter } from "../base/bytes.ts";
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { manifest as manifestShape } from "../control/checkpoint-shapes.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { DamagedSavepoint } from "../model/cluster-status.ts";
import { DAMAGED_KEPT_MAX } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";

const HASH_BYTES = 32;

/** It, or what it lies on, is damaged; all else says nothing of it. */
const DAMAGE: ReadonlySet<string> = new Set(["damaged", "disk"]);

/** Before the number of a checkpoint that was damaged and is given up. */
const DAMAGED = "damaged-";

/** Whether that is the name of a checkpoint that was damaged and is given up. */
export function isDamagedName(name: string): boolean {
  return name.startsWith(DAMAGED);
}

export interface Savepoint {
  /** `sp-12`; `damaged-12` where it is kept for inspection only. */
  readonly name: string;
  readonly manifest: Manifest;
}

/** A savepoint of the store, of whatever job. */
export interface SavepointPlace {
  readonly lineage: string;
  readonly savepoint: string;
}

export interface SavepointList {
  /** The oldest first. */
  readonly savepoints: readonly Savepoint[];
  /** What they name is not known. */
  readonly unreadable: readonly DamagedSavepoint[];
}

/** Of the checkpoint that a savepoint of that name keeps; Infinity where it does not say. */
export function epochOfName(name: string): number {
  const match = /^(?:sp|damaged)-(\d+)$/.exec(name);
  return match === null ? Infinity : Number(match[1]);
}

export class Savepoints {
  readonly #blobs: BlobStore;
  readonly #crypto: Crypto;
  readonly #prefix: string;

  /** `prefix`: before the names of all blobs of the job. */
  constructor(blobs: BlobStore, crypto: Crypto, prefix: string) {
    this.#blobs = blobs;
    this.#crypto = crypto;
    this.#prefix = `${prefix}/savepoints/`;
  }

  /** Each, also one that cannot be read. @throws {WallarooError} what the store says */
  async list(): Promise<SavepointList> {
    const savepoints: Savepoint[] = [];
    const unreadable: DamagedSavepoint[] = [];
    for (const { name: blob } of await this.#blobs.list(this.#prefix)) {
      const name = blob.slice(this.#prefix.length);
      try {
        const manifest = decodeSavepoint(await this.#blobs.get(blob), blob, this.#crypto);
        savepoints.push({ name, manifest });
      } catch (error) {
        if (!(error instanceof WallarooError)) throw error;
        // Removed since it was listed.
        if (error.code === "not_found") continue;
        if (!DAMAGE.has(error.code)) throw error;
        unreadable.push({ name, why: error.message });
      }
    }
    savepoints.sort((a, b) => a.manifest.epoch - b.manifest.epoch);
    return { savepoints, unreadable };
  }

  /** Undefined when there is none of that name. @throws {WallarooError} `damaged`, `bad_name` */
  async get(name: string): Promise<Manifest | undefined> {
    const blob = `${this.#prefix}${name}`;
    if ((await this.#blobs.stat(blob)) === undefined) return undefined;
    return decodeSavepoint(await this.#blobs.get(blob), blob, this.#crypto);
  }

  /** Its files stay until somebody finds that nothing names them. */
  async remove(name: string): Promise<void> {
    await this.#blobs.remove(`${this.#prefix}${name}`);
  }

  /** Keeps a checkpoint, unless it is kept. Returns its name: one for one checkpoint. */
  async keep(manifest: Manifest): Promise<string> {
    return await this.#keep(`sp-${manifest.epoch}`, manifest);
  }

  /** Keeps one that is damaged and given up, to be looked at; with it the newest few. */
  async keepDamaged(manifest: Manifest): Promise<string> {
    const kept = await this.#keep(`${DAMAGED}${manifest.epoch}`, manifest);
    const all = (await this.#blobs.list(`${this.#prefix}${DAMAGED}`)).map(({ name }) => name);
    const epochOf = (name: string): number => epochOfName(name.slice(this.#prefix.length));
    const oldest = all.sort((a, b) => epochOf(b) - epochOf(a)).slice(DAMAGED_KEPT_MAX);
    for (const name of oldest) await this.#blobs.remove(name);
    return kept;
  }

  async #keep(name: string, manifest: Manifest): Promise<string> {
    if ((await this.#blobs.stat(`${this.#prefix}${name}`)) !== undefined) return name;
    await this.#blobs.put(`${this.#prefix}${name}`, encodeSavepoint(manifest, this.#crypto));
    return name;
  }
}

/** A savepoint as bytes. */
export function encodeSavepoint(manifest: Manifest, crypto: Crypto): Uint8Array {
  const into = new ByteWriter(4_096);
  writePlain(manifest, into);
  const content = into.take();
  const bytes = new Uint8Array(HASH_BYTES + content.length);
  bytes.set(crypto.sha256(content));
  bytes.set(content, HASH_BYTES);
  return bytes;
}

/** `name`: for messages. @throws {WallarooError} `damaged` */
export function decodeSavepoint(bytes: Uint8Array, name: string, crypto: Crypto): Manifest {
  const content = bytes.slice(HASH_BYTES);
  if (!crypto.equal(crypto.sha256(content), bytes.slice(0, HASH_BYTES))) {
    throw damaged(name, "its bytes have another hash");
  }
  let value: unknown;
  try {
    value = readPlain(content, 0, content.length);
  } catch (error) {
    throw damaged(name, messageOf(error));
  }
  const problem = manifestShape(value, "");
  if (problem !== undefined) throw damaged(name, problem);
  return value as Manifest; // As its shape says.
}

function damaged(name: string, why: string): Error {
  return externalError("damaged", `savepoint ${name} is damaged: ${why}`);
}
