import { userError } from "../../base/errors.ts";
import type { Cutter } from "../../base/piece-table.ts";
import { batchTable, LineCutter } from "../../codec/lines.ts";
import type { Decoder } from "../../model/codec.ts";
import { checkFrame, type FrameKind } from "../../model/frame.ts";
import type { Batch, OnInvalid, Source, SourceContext, SplitReader } from "../../model/source.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { framesText } from "../about.ts";
import { checkChoice, checkMethod } from "../bad-option.ts";
import { streamProblem } from "./problems.ts";

export interface StdinOptions<T> {
  /** Makes a record of the bytes of one line or frame. */
  readonly decode: Decoder<T>;
  /** Default `"lines"`: ended by `\n` or `\r\n`; an empty line is an empty record. */
  readonly frame?: FrameKind;
  /** What follows when a line or frame is no record. Default `"skip"`: counted and logged. */
  readonly onInvalid?: OnInvalid;
}

/**
 * A source of the records of standard input; it ends when the input does. It has no positions: what
 * was read cannot be read again. One source of an app can have it.
 *
 * @throws {WallarooError} `bad_option`, `bad_frame`
 * @example
 * stdin({ decode: utf8 });
 */
export function stdin<T>(options: StdinOptions<T>): Source<T> {
  checkMethod("stdin", "decode", options.decode, "decode");
  checkChoice("stdin", "onInvalid", options.onInvalid, ["fail", "skip"]);
  const frame = checkFrame(options.frame ?? "lines", "stdin");
  return {
    kind: "stdin",
    about: `standard input, ${framesText(frame, options.decode)}`,
    identity: { frame, failsOnInvalid: options.onInvalid === "fail" },
    decode: options.decode,
    ...(options.onInvalid === undefined ? {} : { onInvalid: options.onInvalid }),
    replays: false,
    splits: async () => ["stdin"],
    async open(_split, position, ctx) {
      if (position === undefined) {
        return new StdinReader<T>(frame, options.onInvalid === "fail", ctx);
      }
      throw userError(
        "bad_position",
        `stdin: cannot go on at ${JSON.stringify(position)}: what was read cannot be read again`,
      );
    },
  };
}

class StdinReader<T> implements SplitReader<T> {
  readonly #frame: FrameKind;
  readonly #failsOnInvalid: boolean;
  readonly #ctx: SourceContext;
  readonly #cutter: Cutter;
  readonly #table = batchTable();
  #time = 0;
  #records = 0;
  #bytes = 0;
  #isClosed = false;
  /** Ends the wait for a chunk. */
  #stop: (() => void) | undefined;

  constructor(frame: FrameKind, failsOnInvalid: boolean, ctx: SourceContext) {
    this.#frame = frame;
    this.#failsOnInvalid = failsOnInvalid;
    this.#ctx = ctx;
    this.#cutter = frameCutter(frame);
  }

  async *read(): AsyncGenerator<Batch<T>> {
    const chunks = this.#ctx.stdio.input()[Symbol.asyncIterator]();
    while (!this.#isClosed) {
      const chunk = await this.#next(chunks);
      if (this.#isClosed) return;
      if (chunk === undefined) break;
      this.#time = this.#ctx.clock.now();
      this.#cutter.push(chunk);
      while (!this.#isClosed && this.#cut()) yield this.#batch();
    }
    if (!this.#isClosed && this.#finish()) yield this.#batch();
  }

  acknowledge(): Promise<void> {
    return Promise.resolve();
  }

  stats(): Readonly<Record<string, number | string>> {
    return { bytes: this.#bytes, records: this.#records };
  }

  /** Does not wait for a chunk that may never come. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
  }

  /** The next chunk; undefined at the end, and when the reader is closed meanwhile. */
  #next(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#stop = () => resolve(undefined);
      chunks.next().then(({ done, value }) => resolve(done === true ? undefined : value), reject);
    });
  }

  #cut(): boolean {
    try {
      return this.#cutter.next(this.#table);
    } catch (error) {
      throw streamProblem(this.#frame, this.#records + 1, this.#bytes, error);
    }
  }

  #batch(): Batch<T> {
    const { count, bytes, starts, ends, streamBytes } = this.#table;
    this.#records += count;
    this.#bytes += streamBytes;
    return { count, bytes, starts, ends, time: this.#time, next: undefined };
  }

  #finish(): boolean {
    if (this.#cutter instanceof LineCutter) return this.#cutter.finish(this.#table);
    const { heldBytes } = this.#cutter;
    if (heldBytes === 0) return false;
    const problem = streamProblem(
      this.#frame,
      this.#records + 1,
      this.#bytes,
      userError("frame_cut", `the input ends within it, after ${heldBytes} bytes`),
    );
    if (this.#failsOnInvalid) throw problem;
    this.#ctx.log.warn("standard input ends within a frame, which is skipped", {
      why: problem.message,
    });
    return false;
  }
}
