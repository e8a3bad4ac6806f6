/** Where in a file a record begins: plain data, so that it can be kept in a checkpoint. */
import { userError } from "../../base/errors.ts";
import type { Position } from "../../model/context.ts";

export interface FilePosition {
  /** Bytes before it. */
  readonly offset: number;
  /** The number of the line or frame, from 1. */
  readonly record: number;
  /** Which file it was, as a replaced one may have the same name. */
  readonly inode: number;
}

/** People look for lines by `line`, so that is the field's name in files of lines. */
export function toPosition(at: FilePosition, isText: boolean): Position {
  const { offset, record, inode } = at;
  return isText ? { offset, line: record, inode } : { offset, frame: record, inode };
}

/** @throws {WallarooError} `bad_position` */
export function fromPosition(position: Position, isText: boolean, path: string): FilePosition {
  if (typeof position === "object") {
    const offset = position["offset"];
    const record = position[isText ? "line" : "frame"];
    const inode = position["inode"];
    if (isCount(offset) && isCount(record) && record > 0 && typeof inode === "number") {
      return { offset, record, inode };
    }
  }
  const text = JSON.stringify(position);
  throw userError(
    "bad_position",
    `file ${path}: ${text} is no position in a file of ${isText ? "lines" : "frames"}: ` +
      "was the source another one when the checkpoint was taken?",
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
