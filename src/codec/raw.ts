import { userError } from "../base/errors.ts";
import type { Codec } from "../model/codec.ts";

/**
 * Bytes as they are. A decoded record is a copy, so that keeping it does not keep the chunk that it
 * came in, which may be ten thousand times as long.
 */
export const raw: Codec<Uint8Array> & { readonly about: string } = {
  about: "raw bytes",
  isCopied: true,

  encode(value, into) {
    if (!(value instanceof Uint8Array)) {
      throw userError("bad_record", `raw writes Uint8Array, got ${typeof value}`);
    }
    into.bytes(value);
  },

  decode(bytes, start, end) {
    return Uint8Array.prototype.slice.call(bytes, start, end);
  },
};
