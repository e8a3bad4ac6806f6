/** Makes bytes smaller, and the same again. */
export interface Compressor {
  compress(bytes: Uint8Array): Uint8Array;
  /** @throws {WallarooError} `damaged` when the bytes are not what `compress` gave, or would become
   *  more than `sizeMax` bytes: never is more memory taken than that */
  decompress(bytes: Uint8Array, sizeMax: number): Uint8Array;
}
