/**
 * The binary form of plain data. Pinned by golden vectors: snapshots are written in it.
 *
 * A value is a tag byte and what the tag says follows. Lengths and counts are varints; numbers of
 * several bytes are big-endian, the content of typed arrays little-endian.
 *
 *     0x80-0xff  integer 0 to 127                 0x40-0x7f  text of 0 to 63 bytes of UTF-8
 */
export const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** varint */
  positive: 4,
  /** varint n for -1 - n */
  negative: 5,
  /** float64 */
  number: 6,
  /** byte length, UTF-8 */
  text: 7,
  /** number of units, 16 bits each: texts with half a surrogate pair */
  units: 8,
  /** byte length, magnitude */
  bigPositive: 9,
  bigNegative: 10,
  /** float64 ms, NaN for an invalid one */
  date: 11,
  /** count, values */
  array: 12,
  /** count, for each a text and a value */
  object: 13,
  /** the same, without a prototype */
  bareObject: 14,
  /** count, for each a key and a value */
  map: 15,
  /** count, values */
  set: 16,
  /** kind byte, byte length, bytes */
  binary: 17,
} as const;

export const SHORT_TEXT = 0x40;
export const SHORT_TEXT_MAX = 0x3f;
export const SMALL_INTEGER = 0x80;
export const SMALL_INTEGER_MAX = 0x7f;

interface BinaryKind {
  readonly name: string;
  readonly bytesPerItem: number;
  /** Over memory of its own, whose size is a multiple of `bytesPerItem`. */
  readonly make: (buffer: ArrayBuffer) => object;
}

/** Kinds of binary data by their number on the wire: never reorder, only append. */
export const BINARY_KINDS: readonly BinaryKind[] = [
  { name: "ArrayBuffer", bytesPerItem: 1, make: (buffer) => buffer },
  { name: "Uint8Array", bytesPerItem: 1, make: (buffer) => new Uint8Array(buffer) },
  { name: "Uint8ClampedArray", bytesPerItem: 1, make: (buffer) => new Uint8ClampedArray(buffer) },
  { name: "Int8Array", bytesPerItem: 1, make: (buffer) => new Int8Array(buffer) },
  { name: "Uint16Array", bytesPerItem: 2, make: (buffer) => new Uint16Array(buffer) },
  { name: "Int16Array", bytesPerItem: 2, make: (buffer) => new Int16Array(buffer) },
  { name: "Uint32Array", bytesPerItem: 4, make: (buffer) => new Uint32Array(buffer) },
  { name: "Int32Array", bytesPerItem: 4, make: (buffer) => new Int32Array(buffer) },
  { name: "BigUint64Array", bytesPerItem: 8, make: (buffer) => new BigUint64Array(buffer) },
  { name: "BigInt64Array", bytesPerItem: 8, make: (buffer) => new BigInt64Array(buffer) },
  { name: "Float32Array", bytesPerItem: 4, make: (buffer) => new Float32Array(buffer) },
  { name: "Float64Array", bytesPerItem: 8, make: (buffer) => new Float64Array(buffer) },
  { name: "DataView", bytesPerItem: 1, make: (buffer) => new DataView(buffer) },
  { name: "Float16Array", bytesPerItem: 2, make: (buffer) => new Float16Array(buffer) },
];
