/**
 * Where prepared bytes are when a job keeps no checkpoints: in memory, and lost with the process,
 * as all else of such a job.
 */
import { externalError } from "../../base/errors.ts";
import { RELEASE_MEMORY_BYTES_MAX } from "../../model/limits.ts";
import type { BlobInfo, BlobStore, BlobWriter } from "../../ports/blob-store.ts";

export class MemoryStaging implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();
  #bytes = 0;

  async create(name: string): Promise<BlobWriter> {
    let pieces: Uint8Array[] = [];
    let size = 0;
    const abort = async (): Promise<void> => {
      this.#bytes -= size;
      pieces = [];
      size = 0;
    };
    return {
      write: async (bytes, start, end) => {
        this.#reserve(end - start);
        size += end - start;
        pieces.push(Uint8Array.prototype.slice.call(bytes, start, end));
      },
      finish: async () => {
        const whole = Buffer.concat(pieces);
        await abort();
        await this.put(name, whole);
      },
      abort,
    };
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.remove(name);
    this.#reserve(bytes.length);
    this.#blobs.set(name, Uint8Array.from(bytes));
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    return (await this.get(name)).subarray(start, end);
  }

  async get(name: string): Promise<Uint8Array> {
    const bytes = this.#blobs.get(name);
    if (bytes === undefined) throw externalError("not_found", `there is no ${name} in memory`);
    return bytes;
  }

  async stat(name: string): Promise<BlobInfo | undefined> {
    const bytes = this.#blobs.get(name);
    return bytes === undefined ? undefined : { name, size: bytes.length, modifiedMs: 0 };
  }

  async list(prefix: string): Promise<readonly BlobInfo[]> {
    const names = [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
    return names.map((name) => ({ name, size: this.#blobs.get(name)!.length, modifiedMs: 0 }));
  }

  async remove(name: string): Promise<void> {
    this.#bytes -= this.#blobs.get(name)?.length ?? 0;
    this.#blobs.delete(name);
  }

  #reserve(count: number): void {
    if (this.#bytes + count > RELEASE_MEMORY_BYTES_MAX) {
      throw externalError(
        "release_too_large",
        `records that wait for their commit have more than ${RELEASE_MEMORY_BYTES_MAX} bytes, ` +
          "which is the limit in memory: deploy the job to workers, whose store keeps them",
      );
    }
    this.#bytes += count;
  }
}
