/**
 * Newline-framed text, for connectors that read files and streams:
 *
 *     const cutter = new LineCutter(RECORD_BYTES_MAX);
 *     const table = batchTable();
 *     cutter.push(chunk);
 *     while (cutter.next(table)) handOver(table);     // bytes, starts, ends, count, streamBytes
 *     if (cutter.finish(table)) handOver(table);      // at the end: a last line without line end
 *
 * Lines of a table follow each other in the stream: line `i + 1` starts right after the line end of
 * line `i`, and `streamBytes` is what all of them took, so positions are sums.
 */
import { PieceTable } from "../base/piece-table.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../model/limits.ts";

export { LineCutter } from "../base/line-cutter.ts";
export { PieceTable } from "../base/piece-table.ts";

/** A table of the size of one batch. */
export function batchTable(): PieceTable {
  return new PieceTable(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
}
