/** Files of frames, as records and back: for apps whose input or output has frames. */
import { ByteWriter } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import { batchTable, LineCutter } from "../codec/lines.ts";
import type { Decoder, Encoder } from "../model/codec.ts";
import { checkFrame, type FrameKind } from "../model/frame.ts";
import { frameCutter } from "../transport/frame-reader.ts";
import { frameWriter } from "../transport/frame-writer.ts";

/**
 * The records of bytes that are frames, one after the other.
 *
 * @throws {WallarooError} `cut_frame` when the bytes end within one; what the decoder throws
 * @example
 * t.feed("votes", readFrames(await Bun.file("votes.msg").bytes(), vote));
 */
export function readFrames<T>(
  bytes: Uint8Array,
  decoder: Decoder<T>,
  frame: FrameKind = "u32be",
): T[] {
  const cutter = frameCutter(checkFrame(frame, "readFrames"));
  const table = batchTable();
  const records: T[] = [];
  const take = (): void => {
    for (let i = 0; i < table.count; i++) {
      records.push(decoder.decode(table.bytes, table.starts[i]!, table.ends[i]!));
    }
  };
  cutter.push(bytes);
  while (cutter.next(table)) take();
  // A last line may have no line end.
  if (cutter instanceof LineCutter && cutter.finish(table)) take();
  if (cutter.heldBytes > 0) {
    const what = `the last ${cutter.heldBytes} of ${bytes.length} bytes`;
    throw userError("cut_frame", `readFrames: ${what} are no whole frame`);
  }
  return records;
}

/** The bytes of records, each as a frame. @throws {WallarooError} `record_too_long` and others */
export function writeFrames<T>(
  records: readonly T[],
  encoder: Encoder<T>,
  frame: FrameKind = "u32be",
): Uint8Array {
  const writer = frameWriter(checkFrame(frame, "writeFrames"));
  const into = new ByteWriter();
  for (const record of records) writer.write(encoder, record, into);
  return into.take();
}
