/** Sends prepared bytes, or drops them: by their names alone, so in any process. */
import { RELEASE_COMMIT_MS } from "../../model/limits.ts";
import type { Committer, PreparedTransaction, SinkContext } from "../../model/sink.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Address } from "../../ports/network.ts";
import { ReleaseLine, type StagedBytes } from "./line.ts";
import { ReleaseLines } from "./lines.ts";
import { type PendingRelease, type Prepared, ReleaseNames } from "./names.ts";

export class ReleaseCommitter implements Committer<PendingRelease> {
  readonly #address: Address;
  readonly #ctx: SinkContext;
  readonly #names: ReleaseNames;
  readonly #staging: BlobStore;

  constructor(address: Address, ctx: SinkContext) {
    this.#address = address;
    this.#ctx = ctx;
    this.#names = new ReleaseNames(ctx);
    this.#staging = ReleaseLines.of(ctx.network).stagingOf(ctx);
  }

  /** What is not there any more was sent. A crash between sending and removing sends it again. */
  async commit({ mark }: PendingRelease): Promise<void> {
    const prepared = this.#names.checkMark(mark);
    const batch = await this.#bytesOf(mark, prepared);
    if (batch !== undefined) await this.#send(batch);
    await this.#remove(mark, prepared);
  }

  async abort({ mark }: PendingRelease): Promise<void> {
    await this.#remove(mark, this.#names.checkMark(mark));
  }

  async list(): Promise<readonly PreparedTransaction<PendingRelease>[]> {
    const found: PreparedTransaction<PendingRelease>[] = [];
    for (const { name } of await this.#staging.list(this.#names.prefix)) {
      const read = this.#names.readMark(name);
      if (read === undefined) continue;
      const { generation, epoch } = read;
      found.push({ generation, epoch, pending: { mark: name } });
    }
    return found.toSorted((a, b) => a.generation - b.generation || a.epoch - b.epoch);
  }

  async #bytesOf(mark: string, { bytes, ...of }: Prepared): Promise<StagedBytes | undefined> {
    const staging = this.#staging;
    const info = await staging.stat(mark);
    if (info === undefined) return undefined;
    const name = info.size > 0 ? mark : this.#names.data(of);
    if (name !== mark && (await staging.stat(name)) === undefined) return undefined;
    return { size: bytes, read: (start, end) => staging.read(name, start, end) };
  }

  /** On the connection of the writer that is here, which waits for its receiver; else on one of
   *  its own, for a bounded time. */
  async #send(batch: StagedBytes): Promise<void> {
    const own = ReleaseLines.of(this.#ctx.network).find(this.#address, this.#ctx);
    if (own !== undefined) {
      await own.send(batch, undefined);
      return;
    }
    const line = new ReleaseLine(this.#address, this.#ctx);
    try {
      await line.send(batch, RELEASE_COMMIT_MS);
    } finally {
      line.close();
    }
  }

  /** The bytes first: a mark without them says that they were sent. */
  async #remove(mark: string, prepared: Prepared): Promise<void> {
    await this.#staging.remove(this.#names.data(prepared));
    await this.#staging.remove(mark);
  }
}
