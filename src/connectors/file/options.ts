import type { Duration } from "../../base/duration.ts";
import type { Decoder, Encoder } from "../../model/codec.ts";
import { checkFrame, type FrameKind } from "../../model/frame.ts";
import type { OnInvalid } from "../../model/source.ts";
import { badOption, checkChoice, checkInterval, checkMethod, checkText } from "../bad-option.ts";
import { nameFilter } from "./paths.ts";

/** How often the end of a followed file is looked at. */
const FOLLOW_MS = 200;

export interface FileReadOptions<T> {
  /** A file, or a folder whose files are read; relative to the folder the process started in. */
  readonly path: string;
  /** Makes a record of the bytes of one line or frame. */
  readonly decode: Decoder<T>;
  /** Default `"lines"`: ended by `\n` or `\r\n`; an empty line is an empty record. */
  readonly frame?: Exclude<FrameKind, "none">;
  /** Which files of the folder: `*` is any text, `?` any character. Hidden ones never. */
  readonly pattern?: string;
  /**
   * Goes on when the end is reached: waits for what is appended and, in a folder, for new files.
   * A duration says how often to look (default 200 ms). Default: ends at the end.
   */
  readonly follow?: boolean | Duration;
  /** What follows when a file is cut short, or replaced by another, while it is read. Default
   *  `"fail"`; `"restart"` reads it from its start, so records may come again. */
  readonly onTruncate?: "fail" | "restart";
  /** What follows when a line or frame is no record. Default `"skip"`: counted and logged. */
  readonly onInvalid?: OnInvalid;
}

export interface FileWriteOptions<T> {
  /** Mode `"parts"`: the folder of the parts. Mode `"append"`: the file. */
  readonly path: string;
  /** Writes the bytes of one record. */
  readonly encode: Encoder<T>;
  /** Default `"lines"`. `"none"` writes nothing between records. */
  readonly frame?: FrameKind;
  /**
   * `"parts"` (default): each commit makes whole files appear, once: exactly-once.
   * `"append"`: one file that grows at once; after a failure records may repeat: at-least-once.
   */
  readonly mode?: "parts" | "append";
  /** First word of the names of the parts: letters, digits and `_`. Default `"part"`. */
  readonly prefix?: string;
  /** Last word of the names of the parts. Default `"txt"` for lines, else `"msg"`. */
  readonly extension?: string;
}

/** Options of a source, checked and completed. */
export interface FileReading {
  readonly path: string;
  readonly frame: FrameKind;
  readonly pattern: string | undefined;
  readonly fits: (name: string) => boolean;
  /** Undefined: not followed. */
  readonly followMs: number | undefined;
  readonly restarts: boolean;
  readonly failsOnInvalid: boolean;
}

export function checkReading<T>(options: FileReadOptions<T>): FileReading {
  const where = "file.read";
  checkText(where, "path", options.path);
  checkMethod(where, "decode", options.decode, "decode");
  const frame = checkFrame(options.frame ?? "lines", where);
  if (frame === "none") {
    throw badOption(where, 'frame is "none", but a file has no pieces: use "lines" or a length');
  }
  checkChoice(where, "onTruncate", options.onTruncate, ["fail", "restart"]);
  checkChoice(where, "onInvalid", options.onInvalid, ["fail", "skip"]);
  return {
    path: options.path,
    frame,
    pattern: options.pattern,
    fits: nameFilter(where, options.pattern),
    followMs: followMs(where, options.follow ?? false),
    restarts: options.onTruncate === "restart",
    failsOnInvalid: options.onInvalid === "fail",
  };
}

function followMs(where: string, follow: boolean | Duration): number | undefined {
  if (follow === false) return undefined;
  return follow === true ? FOLLOW_MS : checkInterval(where, "follow", follow);
}

/** Options of a sink, checked and completed. */
export interface FileWriting {
  readonly path: string;
  readonly frame: FrameKind;
  readonly mode: "parts" | "append";
  readonly prefix: string;
  readonly extension: string;
}

export function checkWriting<T>(options: FileWriteOptions<T>): FileWriting {
  const where = "file.write";
  checkText(where, "path", options.path);
  checkMethod(where, "encode", options.encode, "encode");
  checkChoice(where, "mode", options.mode, ["parts", "append"]);
  const frame = checkFrame(options.frame ?? "lines", where);
  const { prefix = "part", extension = frame === "lines" ? "txt" : "msg" } = options;
  if (!/^\w{1,64}$/.test(prefix)) {
    throw badOption(where, `prefix is ${JSON.stringify(prefix)}: use letters, digits and _`);
  }
  if (!/^\w[\w.]{0,31}$/.test(extension)) {
    throw badOption(where, `extension is ${JSON.stringify(extension)}: write one like "jsonl"`);
  }
  return { path: options.path, frame, mode: options.mode ?? "parts", prefix, extension };
}
