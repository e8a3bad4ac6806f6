/**
 * Keys: their canonical bytes, and the key group they belong to. Pinned by golden vectors: state is
 * found by these bytes, so they must never change.
 *
 * A tag byte, then: string = UTF-8; number = float64 big-endian (-0 as 0); boolean = one byte;
 * array = varint count, then for each element a varint length and its canonical bytes.
 */
import "../base/buffer.ts";
import { ByteWriter } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import { FNV_PRIME, fnv1a } from "../base/hash.ts";
import { KEY_BYTES_MAX, KEY_DEPTH_MAX, KEY_GROUPS, RECORD_TEXT_MAX } from "./limits.ts";

/** What a stream is partitioned by. Arrays are compared by value. */
export type Key = string | number | boolean | readonly (string | number | boolean)[];

const TAG_STRING = 1;
const TAG_NUMBER = 2;
const TAG_BOOLEAN = 3;
const TAG_ARRAY = 4;

/** In 32 bits with a sign: a hash above 2^31 is a float, and each step with it takes three times as
 *  long. */
const FNV_OF_STRING_TAG = fnv1a(Uint8Array.of(TAG_STRING)) | 0;
const FNV_OF_NUMBER_TAG = fnv1a(Uint8Array.of(TAG_NUMBER)) | 0;
const ASCII_MAX = 0x7f;
/** Texts of more characters are rare as keys, and faster through bytes. */
const SHORT_TEXT = 64;

const scratch = new ByteWriter(1024);
const float = new DataView(new ArrayBuffer(8));
const floatBytes = new Uint8Array(float.buffer);

/** Writes the canonical bytes of a key. @throws {WallarooError} `bad_key` */
export function writeKey(key: unknown, into: ByteWriter, depth = 0): void {
  switch (typeof key) {
    case "string": {
      // Before the bytes are made, which would stay as large as the largest key ever seen.
      checkSize(key.length);
      if (!key.isWellFormed()) throw badKey(key, "a string with half a surrogate pair");
      into.u8(TAG_STRING);
      into.utf8(key);
      return;
    }
    case "number": {
      if (Number.isNaN(key)) throw badKey(key, "NaN, which equals nothing");
      into.u8(TAG_NUMBER);
      into.f64(key === 0 ? 0 : key);
      return;
    }
    case "boolean":
      into.u8(TAG_BOOLEAN);
      into.u8(key ? 1 : 0);
      return;
    default: {
      if (!Array.isArray(key)) throw badKey(key, describe(key));
      if (depth === KEY_DEPTH_MAX) throw badKey(key, `arrays deeper than ${KEY_DEPTH_MAX}`);
      checkSize(key.length);
      const start = into.at;
      into.u8(TAG_ARRAY);
      into.varint(key.length);
      for (const part of key) {
        const inner = new ByteWriter(64);
        writeKey(part, inner, depth + 1);
        into.varint(inner.at);
        into.bytes(inner.buffer.subarray(0, inner.at));
        checkSize(into.at - start);
      }
    }
  }
}

/** The canonical bytes of a key. */
export function keyBytes(key: unknown): Uint8Array {
  scratch.clear();
  writeKey(key, scratch);
  checkSize(scratch.at);
  return scratch.take();
}

/**
 * The key group of a key among `groups`: `fnv1a` of its canonical bytes. Of an ASCII text these are
 * its characters, of a number eight bytes: none need to be made for every record.
 */
export function keyGroup(key: unknown, groups: number = KEY_GROUPS): number {
  if (typeof key === "string" && key.length <= SHORT_TEXT) {
    let hash = FNV_OF_STRING_TAG;
    let i = 0;
    for (; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > ASCII_MAX) break;
      hash = Math.imul(hash ^ unit, FNV_PRIME);
    }
    if (i === key.length) return groupOf(hash, groups);
  } else if (typeof key === "number" && !Number.isNaN(key)) {
    float.setFloat64(0, key === 0 ? 0 : key);
    let hash = FNV_OF_NUMBER_TAG;
    for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ floatBytes[i]!, FNV_PRIME);
    return groupOf(hash, groups);
  }
  scratch.clear();
  writeKey(key, scratch);
  checkSize(scratch.at);
  return groupOf(fnv1a(scratch.buffer, 0, scratch.at) | 0, groups);
}

/** A hash without its sign, modulo `groups`; most often a power of two, where it is a mask. */
function groupOf(hash: number, groups: number): number {
  return (groups & (groups - 1)) === 0 ? hash & (groups - 1) : (hash >>> 0) % groups;
}

/** A string that is equal for equal arrays, to find them in a Map. */
export function arrayKeyText(key: readonly unknown[]): string {
  scratch.clear();
  writeKey(key, scratch);
  checkSize(scratch.at);
  return scratch.buffer.latin1Slice(0, scratch.at);
}

function checkSize(size: number): void {
  if (size > KEY_BYTES_MAX) {
    throw userError(
      "key_too_long",
      `key of at least ${size} bytes, limit ${KEY_BYTES_MAX}: key by a hash or an id instead`,
    );
  }
}

function badKey(key: unknown, what: string): Error {
  return userError(
    "bad_key",
    `key is ${what}: a key is a string, a number, a boolean or an array of those` +
      (typeof key === "string" ? ` (${JSON.stringify(key).slice(0, RECORD_TEXT_MAX)})` : ""),
  );
}

function describe(key: unknown): string {
  if (key === null || key === undefined) return String(key);
  return typeof key === "object" ? "an object" : `a ${typeof key}`;
}
