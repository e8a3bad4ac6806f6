import { asBuffer } from "../base/line-cutter.ts";
import { externalError, userError } from "../base/errors.ts";
import type { Codec } from "../model/codec.ts";

const REPLACEMENT = "\u{fffd}";
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Texts as UTF-8, byte for byte: nothing is trimmed, a byte order mark stays. Bytes that are not
 * UTF-8 are no record; a text with half a surrogate pair cannot be written.
 * @throws {WallarooError} `bad_utf8`
 */
export const utf8: Codec<string> & { readonly about: string } = {
  about: "utf8",
  isCopied: true,

  encode(value, into) {
    if (typeof value !== "string") {
      throw userError("bad_record", `utf8 writes strings, got ${describe(value)}`);
    }
    const start = into.at;
    into.utf8(value);
    // Half a pair is written as U+FFFD, three bytes where the text has one unit, as for any text
    // that is not ASCII: only those are looked at again.
    if (into.at - start !== value.length && !value.isWellFormed()) {
      into.at = start;
      throw userError("bad_utf8", "text with half a surrogate pair, which UTF-8 cannot write");
    }
  },

  decode(bytes, start, end) {
    return decodeUtf8(bytes, start, end);
  },
};

/** The text of `bytes[start, end)`, a string of its own. @throws {WallarooError} `bad_utf8` */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const text = asBuffer(bytes).utf8Slice(start, end);
  // Every mistake becomes U+FFFD, and only then is the slow and strict way taken.
  if (text.includes(REPLACEMENT)) checkUtf8(bytes, start, end);
  return text;
}

function checkUtf8(bytes: Uint8Array, start: number, end: number): void {
  try {
    strict.decode(bytes.subarray(start, end));
  } catch (error) {
    throw externalError("bad_utf8", `${end - start} bytes that are not UTF-8`, error);
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : typeof value;
}
