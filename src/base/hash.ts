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
