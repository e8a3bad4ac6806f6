/** How records are told apart in a stream of bytes: one option of every connector with a stream. */
import { userError } from "../base/errors.ts";

/**
 * `u8` to `u32le`: the length of the record before it, big- or little-endian, the header not
 * counted. `lines`: the record ends with `\n` (`\r\n` is read too). `none`: every piece that the
 * network happens to deliver is one record; nothing is written around a record.
 */
export type FrameKind = "u8" | "u16be" | "u16le" | "u32be" | "u32le" | "lines" | "none";

export const FRAME_KINDS: readonly FrameKind[] = [
  "u8",
  "u16be",
  "u16le",
  "u32be",
  "u32le",
  "lines",
  "none",
];

/** Layout of a length before a record; undefined for frames without one. */
export interface FrameHeader {
  readonly bytes: 1 | 2 | 4;
  readonly littleEndian: boolean;
  /** The longest record that the length can tell. */
  readonly lengthMax: number;
}

export function frameHeader(kind: FrameKind): FrameHeader | undefined {
  switch (kind) {
    case "u8":
      return { bytes: 1, littleEndian: false, lengthMax: 0xff };
    case "u16be":
    case "u16le":
      return { bytes: 2, littleEndian: kind === "u16le", lengthMax: 0xffff };
    case "u32be":
    case "u32le":
      return { bytes: 4, littleEndian: kind === "u32le", lengthMax: 0xffff_ffff };
    default:
      return undefined;
  }
}

/** Checks an option. @throws {WallarooError} `bad_frame` */
export function checkFrame(frame: unknown, where: string): FrameKind {
  const kind = FRAME_KINDS.find((known) => known === frame);
  if (kind !== undefined) return kind;
  const given = frame === undefined ? "missing" : JSON.stringify(frame);
  throw userError("bad_frame", `${where}: frame is ${given}, use one of ${FRAME_KINDS.join(", ")}`);
}
