import type { Encoder } from "../../model/codec.ts";
import { checkFrame, type FrameKind } from "../../model/frame.ts";
import type { Sink, SinkContext, SinkWriter } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { checkMethod } from "../bad-option.ts";
import { Outflow } from "../outflow.ts";

export interface StdoutOptions<T> {
  /** Writes the bytes of one record. */
  readonly encode: Encoder<T>;
  /** Default `"lines"`. `"none"` writes nothing between records. */
  readonly frame?: FrameKind;
}

/**
 * A sink to standard output. While its reader is slow, the job's inputs wait. When nobody reads any
 * more (`| head`), the write fails with `output_closed`.
 *
 * @throws {WallarooError} `bad_option`, `bad_frame`
 * @example
 * stdout({ encode: json() });
 */
export function stdout<T>(options: StdoutOptions<T>): Sink<T, never> {
  checkMethod("stdout", "encode", options.encode, "encode");
  const frame = checkFrame(options.frame ?? "lines", "stdout");
  return {
    kind: "stdout",
    about: `standard output, ${framesText(frame, options.encode)}`,
    delivery: "at-least-once",
    identity: { frame },
    encode: options.encode,
    open: async (ctx) => new StdoutWriter(frame, options.encode, ctx),
  };
}

class StdoutWriter<T> implements SinkWriter<T, never> {
  readonly #outflow: Outflow<T>;

  constructor(frame: FrameKind, encode: Encoder<T>, { stdio }: SinkContext) {
    this.#outflow = new Outflow(frame, encode, (bytes, start, end) =>
      stdio.write(bytes, start, end),
    );
  }

  write(records: readonly T[]): void | Promise<void> {
    return this.#outflow.write(records);
  }

  flush(): void {
    this.#outflow.flush();
  }

  async prepare(): Promise<undefined> {
    await this.#outflow.barrier(() => Promise.resolve());
    return undefined;
  }

  useEncoder(encode: Encoder<T>): void {
    this.#outflow.encoder = encode;
  }

  stats(): Readonly<Record<string, number | string>> {
    return { held: this.#outflow.heldBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outflow.close();
  }
}
