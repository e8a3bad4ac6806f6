/**
 * Where the pieces of a chunk begin and end: records in a batch of bytes. Two columns of numbers
 * that are used again for every batch; a subarray per piece would cost ten times as much.
 */
export class PieceTable {
  /** What the columns point into. */
  bytes: Uint8Array = new Uint8Array(0);
  /** How many pieces there are. */
  count = 0;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Bytes of the stream that the pieces took, with headers or line ends. */
  streamBytes = 0;
  /** A table is full above this many bytes of the stream, unless one piece alone is larger. */
  readonly bytesMax: number;

  constructor(piecesMax: number, bytesMax: number) {
    this.starts = new Int32Array(piecesMax);
    this.ends = new Int32Array(piecesMax);
    this.bytesMax = bytesMax;
  }

  /** Empties the table and points it at `bytes`. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
    this.streamBytes = 0;
  }

  /** Makes the table one piece. */
  setOne(bytes: Uint8Array, start: number, end: number, streamBytes: number): void {
    this.bytes = bytes;
    this.count = 1;
    this.starts[0] = start;
    this.ends[0] = end;
    this.streamBytes = streamBytes;
  }
}

/**
 * Cuts a stream of chunks into pieces: push a chunk, then call `next` until it says false; only
 * then push another. The bytes of a table stay as they are for as long as anybody holds them.
 */
export interface Cutter {
  /** Takes a chunk over; nobody may change its bytes afterwards. */
  push(chunk: Uint8Array): void;
  /** Fills `table` with the next pieces; false when there is no whole piece left.
   *  @throws {WallarooError} when a piece is over the limit; the stream cannot be cut further. */
  next(table: PieceTable): boolean;
  /** True when `next` would surely say false: the chunk is used up. */
  readonly isDrained: boolean;
  /** Bytes of the piece that is not finished; 0 at a boundary. Known when drained. */
  readonly heldBytes: number;
}
