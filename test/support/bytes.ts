/** Bytes for tests: joined, and cut at given places. */

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The chunks between the cuts, none of them empty; each with memory of its own, as of a socket. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts, bytes.length])]
    .filter((place) => place <= bytes.length)
    .sort((a, b) => a - b);
  const chunks: Uint8Array[] = [];
  for (let i = 1; i < places.length; i++) chunks.push(bytes.slice(places[i - 1], places[i]));
  return chunks;
}
