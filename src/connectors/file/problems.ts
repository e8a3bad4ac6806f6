/** What can be wrong with a file that is being read, in words. */
import { externalError, messageOf, WallarooError } from "../../base/errors.ts";
import type { FilePosition } from "./position.ts";

const RESTART = 'to read it again from its start, set onTruncate: "restart"';

export function fileTruncated(path: string, size: number, offset: number): WallarooError {
  return externalError(
    "file_truncated",
    `file ${path} has ${size} bytes, but ${offset} were read already: it was cut short; ${RESTART}`,
  );
}

export function fileReplaced(path: string): WallarooError {
  return externalError(
    "file_replaced",
    `file ${path} is another file than the one that was read before; ${RESTART}`,
  );
}

export function lineGrown(path: string, at: FilePosition): WallarooError {
  return externalError(
    "file_changed",
    `file ${path}: no line begins at byte ${at.offset}, where line ${at.record} should: the line ` +
      `before was not finished when it was read, or the file was rewritten; ${RESTART}`,
  );
}

/** A file that ends within a frame. */
export function frameCut(path: string, at: FilePosition, bytes: number): WallarooError {
  return externalError(
    "frame_cut",
    `file ${path} ends within frame ${at.record}, which begins at byte ${at.offset}: ` +
      `its last ${bytes} bytes are no whole frame`,
  );
}

/** Adds where it happened to what the cutter says. */
export function notCut(path: string, at: FilePosition, isText: boolean, error: unknown): Error {
  const code = error instanceof WallarooError ? error.code : "file";
  const where = `${isText ? "line" : "frame"} ${at.record}, byte ${at.offset}`;
  return externalError(code, `file ${path}, ${where}: ${messageOf(error)}`, error);
}
