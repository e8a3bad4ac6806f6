import type { ByteWriter } from "../base/bytes.ts";
import type { StepContext } from "./context.ts";

/** Makes bytes of values. `into` already stands at the right place; write nothing but the value. */
export interface Encoder<T> {
  encode(value: T, into: ByteWriter): void;
}

/** Makes values of bytes. */
export interface Decoder<T> {
  /** Values hold nothing of the bytes, which may be used again for others as soon as the values
   *  were handed on. Default false. */
  readonly isCopied?: boolean;
  /**
   * Reads one value from `bytes[start, end)`. The bytes stay as they are for as long as the value
   * lives. `ctx` is absent when state or an exchange is decoded. Returning undefined skips the
   * frame.
   * @throws to say that the bytes are no such value; the source's `onInvalid` decides what follows.
   */
  decode(bytes: Uint8Array, start: number, end: number, ctx?: StepContext): T;
}

/** Bytes and values, both ways. */
export interface Codec<T> extends Encoder<T>, Decoder<T> {}
