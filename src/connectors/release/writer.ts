/**
 * Writes records to where sinks keep things; they leave when their checkpoint is complete.
 *
 * Owns: the bytes of the epoch that is being written. Does not own: prepared ones (the committer
 * sends or drops them), and where they are kept.
 *
 * R1. A mark is stored when all bytes of its epoch are durable.
 * R2. In memory are at most `RELEASE_INLINE_BYTES` and what an outflow holds.
 * R3. While an earlier epoch is being sent, an epoch grows to a bound; then records wait, so that a
 *     receiver that is away or slow slows the pipeline down.
 */
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import { RELEASE_BYTES_MAX, RELEASE_INLINE_BYTES } from "../../model/limits.ts";
import type { Epoch, SinkContext, SinkWriter } from "../../model/sink.ts";
import type { BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import type { Address } from "../../ports/network.ts";
import { Outflow } from "../outflow.ts";
import { addressText } from "../tcp/options.ts";
import type { ReleaseLine } from "./line.ts";
import { ReleaseLines } from "./lines.ts";
import { type PendingRelease, ReleaseNames } from "./names.ts";

export interface ReleaseSettings<T> {
  readonly address: Address;
  readonly frame: FrameKind;
  readonly encode: Encoder<T>;
}

export class ReleaseWriter<T> implements SinkWriter<T, PendingRelease> {
  readonly #ctx: SinkContext;
  readonly #about: string;
  readonly #names: ReleaseNames;
  readonly #staging: BlobStore;
  readonly #line: ReleaseLine;
  readonly #outflow: Outflow<T>;
  /** The begin of the epoch, while it is short. */
  #inline: Uint8Array[] = [];
  #bytes = 0;
  #blob: { readonly writer: BlobWriter; readonly nonce: string } | undefined;

  private constructor({ address, frame, encode }: ReleaseSettings<T>, ctx: SinkContext) {
    const lines = ReleaseLines.of(ctx.network);
    this.#ctx = ctx;
    this.#about = addressText(address);
    this.#names = new ReleaseNames(ctx);
    this.#staging = lines.stagingOf(ctx);
    this.#outflow = new Outflow(frame, encode, (bytes, start, end) => {
      return this.#keep(bytes, start, end);
    });
    this.#line = lines.open(address, ctx);
  }

  /** Removes what earlier writers left unprepared, and begins to connect. */
  static async open<T>(settings: ReleaseSettings<T>, ctx: SinkContext): Promise<ReleaseWriter<T>> {
    const names = new ReleaseNames(ctx);
    const staging = ReleaseLines.of(ctx.network).stagingOf(ctx);
    const all = (await staging.list(names.prefix)).map(({ name }) => name);
    const marked = all.map((name) => names.readMark(name)).filter((one) => one !== undefined);
    const needed = new Set(marked.map((one) => names.data(one)));
    for (const name of all) {
      const data = names.readData(name);
      const isOld = data !== undefined && data.generation < ctx.generation;
      if (isOld && !needed.has(name)) await staging.remove(name);
    }
    const writer = new ReleaseWriter<T>(settings, ctx);
    writer.#line.dial();
    return writer;
  }

  write(records: readonly T[]): void | Promise<void> {
    const isHeldBack = this.#line.leftBytes > 0 && this.#bytes >= RELEASE_BYTES_MAX; // R3
    if (!isHeldBack) return this.#outflow.write(records);
    return this.#line.idle().then(() => this.#outflow.write(records));
  }

  /** Nobody sees a record before its commit, so small writes would only cost. */
  flush(): void {}

  prepare(epoch: Epoch): Promise<PendingRelease | undefined> {
    return this.#outflow.barrier(() => this.#prepare(epoch));
  }

  useEncoder(encode: Encoder<T>): void {
    this.#outflow.encoder = encode;
  }

  stats(): Readonly<Record<string, number | string>> {
    return {
      receiver: this.#about,
      connected: this.#line.isConnected ? "yes" : "no",
      reconnects: this.#line.reconnects,
      heldBytes: this.#bytes + this.#outflow.heldBytes,
      sendingBytes: this.#line.leftBytes,
    };
  }

  /** What was not prepared is dropped; what is prepared is the committer's. */
  async [Symbol.asyncDispose](): Promise<void> {
    ReleaseLines.of(this.#ctx.network).close(this.#line);
    await this.#outflow.close();
    const blob = this.#blob;
    this.#blob = undefined;
    await blob?.writer.abort();
  }

  async #keep(bytes: Uint8Array, start: number, end: number): Promise<void> {
    this.#bytes += end - start;
    if (this.#blob === undefined && this.#bytes <= RELEASE_INLINE_BYTES) {
      this.#inline.push(Uint8Array.prototype.slice.call(bytes, start, end));
      return;
    }
    this.#blob ??= await this.#begin();
    await this.#blob.writer.write(bytes, start, end);
  }

  /** The epoch is not short (R2). */
  async #begin(): Promise<{ readonly writer: BlobWriter; readonly nonce: string }> {
    const { generation } = this.#ctx;
    const nonce = this.#nonce();
    const writer = await this.#staging.create(this.#names.data({ generation, nonce }));
    for (const piece of this.#inline) await writer.write(piece, 0, piece.length);
    this.#inline = [];
    return { writer, nonce };
  }

  async #prepare(epoch: Epoch): Promise<PendingRelease | undefined> {
    const { records } = this.#outflow;
    const [bytes, blob, inline] = [this.#bytes, this.#blob, Buffer.concat(this.#inline)];
    if (bytes === 0) return undefined;
    await blob?.writer.finish();
    const { generation } = this.#ctx;
    const nonce = blob?.nonce ?? this.#nonce();
    const mark = this.#names.mark({ generation, epoch, bytes, records, nonce });
    await this.#staging.put(mark, inline); // R1
    this.#outflow.records = 0;
    this.#bytes = 0;
    this.#inline = [];
    this.#blob = undefined;
    return { mark };
  }

  #nonce(): string {
    return (this.#ctx.random.u32() >>> 0).toString(16).padStart(8, "0");
  }
}
