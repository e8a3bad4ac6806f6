/**
 * Writes parts: whole files that appear when they are committed.
 *
 * Owns: the part being written. Does not own: prepared parts (the committer decides them).
 *
 * A1. A prepared part is whole and durable before its name says so.
 * A2. No file that was there before is ever written over: numbers go on after the highest, and
 *     hidden names are made with a nonce.
 */
import { join } from "node:path";
import { externalError, WallarooError } from "../../base/errors.ts";
import type { Encoder } from "../../model/codec.ts";
import type { Epoch, SinkContext, SinkWriter } from "../../model/sink.ts";
import type { DiskFile } from "../../ports/disk.ts";
import { Outflow, type WriteBytes } from "../outflow.ts";
import type { FileWriting } from "./options.ts";
import { PartNames, type PendingPart } from "./part-names.ts";

interface OpenPart {
  readonly name: string;
  readonly file: DiskFile;
}

export class PartsWriter<T> implements SinkWriter<T, PendingPart> {
  readonly #folder: string;
  readonly #names: PartNames;
  readonly #ctx: SinkContext;
  readonly #outflow: Outflow<T>;
  #part: OpenPart | undefined;
  /** The highest number that is taken. */
  #number: number;
  #bytes = 0;
  #parts = 0;

  private constructor(
    folder: string,
    names: PartNames,
    number: number,
    outflow: (target: WriteBytes) => Outflow<T>,
    ctx: SinkContext,
  ) {
    this.#folder = folder;
    this.#names = names;
    this.#number = number;
    this.#ctx = ctx;
    this.#outflow = outflow((bytes, start, end) => this.#append(bytes, start, end));
  }

  /** Opens the folder and the first part, so that a folder that cannot be written shows now. */
  static async open<T>(
    folder: string,
    writing: FileWriting,
    encode: Encoder<T>,
    ctx: SinkContext,
  ): Promise<PartsWriter<T>> {
    await ctx.disk.makeFolder(folder);
    const names = new PartNames(writing, ctx);
    const number = await tidyFolder(folder, names, ctx);
    const outflow = (target: WriteBytes) => new Outflow(writing.frame, encode, target);
    const writer = new PartsWriter(folder, names, number, outflow, ctx);
    writer.#part = await writer.#openPart();
    return writer;
  }

  write(records: readonly T[]): void | Promise<void> {
    return this.#outflow.write(records);
  }

  /** Nobody sees a part before its commit, so small writes would only cost. */
  flush(): void {}

  prepare(epoch: Epoch): Promise<PendingPart | undefined> {
    return this.#outflow.barrier(() => this.#prepare(epoch));
  }

  useEncoder(encode: Encoder<T>): void {
    this.#outflow.encoder = encode;
  }

  stats(): Readonly<Record<string, number | string>> {
    return { folder: this.#folder, parts: this.#parts, held: this.#outflow.heldBytes };
  }

  /** What was not prepared is taken back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outflow.close();
    const part = this.#part;
    this.#part = undefined;
    if (part === undefined) return;
    await part.file.close();
    await this.#ctx.disk.remove(join(this.#folder, part.name));
  }

  async #append(bytes: Uint8Array, start: number, end: number): Promise<void> {
    this.#part ??= await this.#openPart();
    await this.#part.file.write(bytes, start, end);
    this.#bytes += end - start;
  }

  async #openPart(): Promise<OpenPart> {
    const { disk, index, generation, random } = this.#ctx;
    const name = this.#names.open(index, generation, random.u32());
    return { name, file: await disk.open(join(this.#folder, name), "create") };
  }

  async #prepare(epoch: Epoch): Promise<PendingPart | undefined> {
    const { records } = this.#outflow;
    const part = this.#part;
    if (records === 0 || part === undefined) return undefined;
    const { disk, index, generation, random } = this.#ctx;
    const number = Math.max(epoch, this.#number + 1); // A2
    const name = { index, generation, epoch, number, records };
    const temp = this.#names.prepared(name, random.u32());
    await part.file.sync();
    await part.file.close();
    this.#part = undefined;
    await this.#setAside(part.name, temp);
    await disk.syncFolder(this.#folder);
    const pending = { temp, final: this.#names.final(index, number), bytes: this.#bytes, records };
    this.#number = number;
    this.#bytes = 0;
    this.#outflow.records = 0;
    this.#parts++;
    return pending;
  }

  /** The part is hidden by another name, which says what is in it (A1). */
  async #setAside(open: string, temp: string): Promise<void> {
    try {
      await this.#ctx.disk.rename(join(this.#folder, open), join(this.#folder, temp));
    } catch (error) {
      if (!(error instanceof WallarooError) || error.code !== "not_found") throw error;
      const text =
        `the open part ${open} of folder ${this.#folder} is gone: does another run of this job ` +
        "write there too? Give each run a folder or a job name (--job) of its own";
      throw externalError("part_gone", text, error);
    }
  }
}

/** Removes what earlier writers of this place left unprepared, and says what others left. Returns
 *  the highest number taken. */
async function tidyFolder(folder: string, names: PartNames, ctx: SinkContext): Promise<number> {
  let highest = 0;
  let isOfOthers = false;
  for (const name of await ctx.disk.list(folder)) {
    if (names.isOfOther(name, ctx.index)) {
      const text =
        "another job or sink writes parts of this name here, or was cut off: readers cannot tell " +
        "them apart. Give each its own folder or prefix; remove the file when it is left over";
      if (!isOfOthers) ctx.log.warn(text, { file: join(folder, name) });
      isOfOthers = true;
    }
    const taken = names.readFinal(name) ?? names.readPrepared(name);
    if (taken?.index === ctx.index) highest = Math.max(highest, taken.number);
    const left = names.readOpen(name);
    if (left === undefined || left.generation > ctx.generation) continue;
    // Another writer of this generation is alive; those of older ones are dead, or end.
    if (left.index !== ctx.index && left.generation === ctx.generation) continue;
    ctx.log.info("a part that was never prepared is removed", { file: join(folder, name) });
    await ctx.disk.remove(join(folder, name));
  }
  // With checkpoints they may be its own, and mostly are.
  if (highest > 0 && ctx.staging === undefined) {
    const text =
      "the folder has parts of an earlier run or of another job: those of this run are numbered " +
      "behind them, and readers see both. Name an empty folder where that is not wanted";
    ctx.log.warn(text, { folder, highest });
  }
  return highest;
}
