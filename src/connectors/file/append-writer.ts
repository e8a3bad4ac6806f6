/** Writes one file that grows: each turn's records are in it at once, and durable when prepared. */
import { dirname } from "node:path";
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import type { SinkContext, SinkWriter } from "../../model/sink.ts";
import type { DiskFile } from "../../ports/disk.ts";
import { Outflow } from "../outflow.ts";
import type { FileWriting } from "./options.ts";

const NEWLINE = 10;

export class AppendWriter<T> implements SinkWriter<T, never> {
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #outflow: Outflow<T>;

  private constructor(path: string, file: DiskFile, frame: FrameKind, encode: Encoder<T>) {
    this.#path = path;
    this.#file = file;
    this.#outflow = new Outflow(frame, encode, (b, start, end) => file.write(b, start, end));
  }

  static async open<T>(
    path: string,
    writing: FileWriting,
    encode: Encoder<T>,
    ctx: SinkContext,
  ): Promise<AppendWriter<T>> {
    const { disk } = ctx;
    await disk.makeFolder(dirname(path));
    const isTorn = writing.frame === "lines" && (await endsWithinLine(path, ctx));
    const file = await disk.open(path, "append");
    if (isTorn) {
      ctx.log.warn("the file ends within a line: the next record begins a new one", { file: path });
      await file.write(Uint8Array.of(NEWLINE), 0, 1);
    }
    await disk.syncFolder(dirname(path));
    return new AppendWriter(path, file, writing.frame, encode);
  }

  write(records: readonly T[]): void | Promise<void> {
    return this.#outflow.write(records);
  }

  flush(): void {
    this.#outflow.flush();
  }

  async prepare(): Promise<undefined> {
    await this.#outflow.barrier(() => this.#file.sync());
    return undefined;
  }

  useEncoder(encode: Encoder<T>): void {
    this.#outflow.encoder = encode;
  }

  stats(): Readonly<Record<string, number | string>> {
    return { file: this.#path, held: this.#outflow.heldBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outflow.close();
    await this.#file.close();
  }
}

/** Whether a writer was stopped in the middle of a line. */
async function endsWithinLine(path: string, { disk }: SinkContext): Promise<boolean> {
  const stat = await disk.stat(path);
  if (stat === undefined || stat.isDirectory || stat.size === 0) return false;
  const file = await disk.open(path, "read");
  try {
    const byte = new Uint8Array(1);
    return (await file.read(byte, 1, stat.size - 1)) === 1 && byte[0] !== NEWLINE;
  } finally {
    await file.close();
  }
}
