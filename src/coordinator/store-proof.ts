/**
 * A blob by which workers find out that they see the coordinator's store, and no other of its name.
 *
 * P1. Who is told of it finds it: it is looked for each time, and written anew when it is gone.
 * P2. Those of coordinators that are no more go after a day, of which the store's clock is asked.
 */
import { messageOf } from "../base/errors.ts";
import type { StoreOfJob } from "../control/messages.ts";
import { PROOF_KEPT_MS, PROOFS_REMOVED_MAX } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";

const FOLDER = "proofs/";

export interface StoreProofPorts {
  readonly blobs: BlobStore;
  readonly crypto: Crypto;
  readonly log: Logger;
}

export class StoreProof {
  readonly #ports: StoreProofPorts;
  #current: StoreOfJob["proof"] | undefined;

  constructor(ports: StoreProofPorts) {
    this.#ports = ports;
  }

  /** The newest that was shown; undefined before the first. */
  get current(): StoreOfJob["proof"] | undefined {
    return this.#current;
  }

  /** P1. Resolves when `current` is in the store. @throws {WallarooError} what the store says */
  async show(): Promise<StoreOfJob["proof"]> {
    const { blobs, crypto } = this.#ports;
    const before = this.#current;
    if (before !== undefined && (await blobs.stat(before.name)) !== undefined) return before;
    const content = crypto.secret(32);
    const name = `${FOLDER}${crypto.secret(8).toHex()}`;
    await blobs.put(name, content);
    const shown = { name, sha256: crypto.sha256(content).toHex() };
    this.#current = shown;
    void this.#removeOld(name);
    return shown;
  }

  /** P2. Never throws: what is left is found again. */
  async #removeOld(own: string): Promise<void> {
    const { blobs, log } = this.#ports;
    try {
      const all = await blobs.list(FOLDER);
      const before = (all.find(({ name }) => name === own)?.modifiedMs ?? 0) - PROOF_KEPT_MS;
      const old = all.filter(({ modifiedMs }) => modifiedMs < before);
      for (const { name } of old.slice(0, PROOFS_REMOVED_MAX)) await blobs.remove(name);
    } catch (error) {
      log.debug("proofs of earlier coordinators stay in the store", { why: messageOf(error) });
    }
  }
}
