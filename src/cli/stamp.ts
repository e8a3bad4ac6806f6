/**
 * Times inside records, so that what is sent and what is received can be paired: microseconds since
 * the epoch, as 8 bytes (float64, big-endian) or as 16 decimal digits where records are text.
 */
import { userError } from "../base/errors.ts";

export const STAMP_FORMATS = ["f64", "text"] as const;
export type StampFormat = (typeof STAMP_FORMATS)[number];

export interface Stamp {
  /** The byte of the record where it begins. */
  readonly at: number;
  readonly format: StampFormat;
}

const DIGITS = 16;
const ZERO = 48;

export function stampBytes(format: StampFormat): number {
  return format === "f64" ? 8 : DIGITS;
}

/** Writes `us` at `offset`. The caller has made sure that there is room. */
export function writeStamp(view: DataView, offset: number, us: number, format: StampFormat): void {
  if (format === "f64") {
    view.setFloat64(offset, us);
    return;
  }
  let rest = Math.floor(us);
  for (let i = DIGITS - 1; i >= 0; i--) {
    const next = Math.floor(rest / 10);
    view.setUint8(offset + i, ZERO + rest - next * 10);
    rest = next;
  }
}

/** Reads what `writeStamp` wrote into the record `[start, end)`; NaN when there is none. */
export function readStamp(view: DataView, start: number, end: number, stamp: Stamp): number {
  const offset = start + stamp.at;
  if (offset + stampBytes(stamp.format) > end) return Number.NaN;
  if (stamp.format === "f64") return view.getFloat64(offset);
  let us = 0;
  for (let i = 0; i < DIGITS; i++) {
    const digit = view.getUint8(offset + i) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    us = us * 10 + digit;
  }
  return us;
}

/** The stamp that flags ask for; text where frames are lines, since bytes could hold a line end. */
export function stampOf(
  at: number | undefined,
  format: StampFormat | undefined,
  frame: string,
): Stamp | undefined {
  if (at === undefined) {
    if (format === undefined) return undefined;
    throw userError("usage", "--stamp-as is given without --stamp-at: give the byte it begins at");
  }
  if (frame === "lines" && format === "f64") {
    throw userError("usage", "--stamp-as f64 may hold a line end: with --frame lines use text");
  }
  return { at, format: format ?? (frame === "lines" ? "text" : "f64") };
}
