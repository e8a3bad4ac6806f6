import { asBuffer } from "../base/line-cutter.ts";
import { externalError, messageOf } from "../base/errors.ts";
import type { Codec } from "../model/codec.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import { checkJson } from "./json-check.ts";
import { validate, type SchemaOutput, type StandardSchemaV1 } from "./schema.ts";
import { decodeUtf8 } from "./utf8.ts";

export type JsonCodec<T> = Codec<T> & { readonly about: string };

/**
 * Records as JSON texts in UTF-8.
 *
 * Without a schema the type is a promise of the author: nothing is checked but that it is JSON.
 * With one (zod, valibot, arktype: any Standard Schema) each decoded value is checked, and the
 * record is what the schema gives.
 *
 * Writing refuses what JSON would lose without a word: bigint, Date, Map, Set, typed arrays, NaN
 * and infinite numbers, functions, symbols, undefined as a record or in an array.
 * A field that is undefined is left out. An object with `toJSON` is written as that says. What is
 * written is not checked by the schema, which describes what comes in.
 *
 * @throws {WallarooError} `bad_json`, `bad_utf8`, `bad_record` with the path of what does not fit
 * @example
 * json(z.object({ symbol: z.string(), price: z.number() }))
 */
export function json<T = unknown>(): JsonCodec<T>;
export function json<S extends StandardSchemaV1>(schema: S): JsonCodec<SchemaOutput<S>>;
export function json(schema?: StandardSchemaV1): JsonCodec<unknown> {
  return {
    about: "json",
    isCopied: true,

    encode(value, into) {
      checkJson(value);
      into.utf8(JSON.stringify(value));
    },

    decode(bytes, start, end) {
      const value = parse(bytes, start, end);
      return schema === undefined ? value : validate(schema, value);
    },
  };
}

function parse(bytes: Uint8Array, start: number, end: number): unknown {
  const text = decodeUtf8(bytes, start, end);
  try {
    return JSON.parse(text);
  } catch (error) {
    const shown = asBuffer(bytes).utf8Slice(start, Math.min(end, start + RECORD_TEXT_MAX));
    throw externalError("bad_json", `not JSON: ${messageOf(error)} in ${JSON.stringify(shown)}`);
  }
}
