/** A store of blobs of which only the names matter. */
import type { BlobStore } from "../../src/ports/blob-store.ts";

export class NameStore implements Pick<BlobStore, "put" | "remove" | "list"> {
  readonly names = new Set<string>();

  async put(name: string): Promise<void> {
    this.names.add(name);
  }

  async remove(name: string): Promise<void> {
    this.names.delete(name);
  }

  async list(prefix: string) {
    const found = [...this.names].filter((name) => name.startsWith(prefix)).toSorted();
    return found.map((name) => ({ name, size: 0, modifiedMs: 0 }));
  }

  /** Whatever else a store can is not asked of it. */
  get store(): BlobStore {
    return this as unknown as BlobStore;
  }
}
