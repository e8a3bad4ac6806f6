/** Standard input and output of the process. */
export interface Stdio {
  /** Chunks of standard input until it ends. Can be called once. */
  input(): AsyncIterable<Uint8Array>;
  /** Writes all of `bytes[start, end)`; a promise while the reader is slow.
   *  @throws {WallarooError} `output_closed` when nobody reads any more. */
  write(bytes: Uint8Array, start: number, end: number): void | Promise<void>;
}
