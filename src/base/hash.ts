/** Hashes over bytes. Pinned: state is placed by them, so they must never change. */

// With a sign: above 2^31 a number is a float, and each step with it takes three times as long.
const FNV_OFFSET = 0x811c9dc5 | 0;
/** What a byte multiplies the hash by. */
export const FNV_PRIME = 0x01000193;

/** 32-bit FNV-1a of `bytes[start, end)`, after Fowler, Noll and Vo. */
export function fnv1a(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = FNV_OFFSET;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash >>> 0;
}

/** Spreads a hash over all of its bits: FNV-1a of what differs in the last byte, as names with
 *  numbers do, differs in few. The finish of MurmurHash3, after Appleby. */
export function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
