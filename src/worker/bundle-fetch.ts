/** Fetches a bundle from the coordinator, piece by piece, and checks it by its hash. */
import { externalError } from "../base/errors.ts";
import type { ToCoordinator, ToWorker } from "../control/messages.ts";
import { BUNDLE_BYTES_MAX, DEPLOY_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";

type Chunk = ToWorker & { readonly type: "bundle_chunk" };

interface Waiting {
  readonly hash: string;
  readonly offset: number;
  readonly resolve: (chunk: Chunk) => void;
  readonly reject: (error: Error) => void;
}

export interface BundleFetchSettings {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly send: (message: ToCoordinator) => void;
}

export class BundleFetch {
  readonly #settings: BundleFetchSettings;
  #waiting: Waiting | undefined;

  constructor(settings: BundleFetchSettings) {
    this.#settings = settings;
  }

  /** One at a time. @throws {WallarooError} `no_bundle`, `bundle_damaged` */
  async whole(hash: string): Promise<Uint8Array> {
    let bytes: Uint8Array | undefined;
    let at = 0;
    do {
      const chunk = await this.#ask(hash, at);
      bytes ??= new Uint8Array(Math.min(chunk.size, BUNDLE_BYTES_MAX));
      if (chunk.size !== bytes.length || at + chunk.bytes.length > bytes.length) {
        throw externalError("bundle_damaged", `bundle ${hash}: its pieces do not fit together`);
      }
      bytes.set(chunk.bytes, at);
      at += chunk.bytes.length;
    } while (at < bytes.length);
    if (this.#settings.crypto.sha256(bytes).toHex() === hash) return bytes;
    throw externalError("bundle_damaged", `bundle ${hash}: its content is not what its hash says`);
  }

  /** A piece came; one that nobody waits for is dropped. */
  take(chunk: Chunk): void {
    const waiting = this.#waiting;
    if (waiting?.hash !== chunk.hash || waiting.offset !== chunk.offset) return;
    waiting.resolve(chunk);
  }

  /** The connection is gone: nothing will come. */
  lost(): void {
    this.#waiting?.reject(externalError("no_bundle", "the coordinator is gone"));
  }

  #ask(hash: string, offset: number): Promise<Chunk> {
    const { promise, resolve, reject } = Promise.withResolvers<Chunk>();
    this.#waiting = { hash, offset, resolve, reject };
    const timer = this.#settings.clock.after(DEPLOY_MS, () => {
      reject(externalError("no_bundle", `bundle ${hash}: a piece did not come in time`));
    });
    this.#settings.send({ type: "bundle_wanted", hash, offset });
    return promise.finally(() => {
      timer.cancel();
      this.#waiting = undefined;
    });
  }
}
