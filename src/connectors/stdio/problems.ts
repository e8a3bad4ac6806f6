import { externalError, messageOf, WallarooError } from "../../base/errors.ts";
import type { FrameKind } from "../../model/frame.ts";

/** Adds where in standard input it happened. */
export function streamProblem(
  frame: FrameKind,
  record: number,
  offset: number,
  error: unknown,
): WallarooError {
  const code = error instanceof WallarooError ? error.code : "input";
  const what = frame === "lines" ? "line" : "frame";
  const where = `standard input, ${what} ${record}, byte ${offset}`;
  return externalError(code, `${where}: ${messageOf(error)}`, error);
}
