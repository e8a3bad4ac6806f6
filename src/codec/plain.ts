import type { Codec } from "../model/codec.ts";
import { readPlain } from "./plain-read.ts";
import { writePlain } from "./plain-write.ts";

/**
 * Plain data as compact bytes that describe themselves: what workers and snapshots use. Keeps all
 * that plain data is: objects with the order of their fields, arrays, texts (also with half a
 * surrogate pair), numbers with -0, NaN and the infinite ones, bigint of any size, booleans, null,
 * undefined, Date, Map, Set, ArrayBuffer and its views. A view of memory keeps what it shows, not
 * all of the memory; a Buffer comes back as a Uint8Array. Two references to one object come back as
 * two objects. Nesting up to 64 levels.
 *
 * Refused with their path: functions, symbols, instances of classes, holes in arrays, circles.
 * Left out, as by every codec: fields named by a symbol, or that are not enumerable.
 *
 * @throws {WallarooError} `not_plain`, `record_too_long`; `bad_plain`, `bad_utf8`
 */
export const plain: Codec<unknown> & { readonly about: string } = {
  about: "plain data",
  isCopied: true,
  encode: writePlain,
  decode: readPlain,
};
