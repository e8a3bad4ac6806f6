/** Which files a source reads: each is a split, named by its file. */
import { basename, join } from "node:path";
import { externalError } from "../../base/errors.ts";
import type { Position } from "../../model/context.ts";
import type { Source, SourceContext } from "../../model/source.ts";
import type { DiskFile, FileStat } from "../../ports/disk.ts";
import { framesText } from "../about.ts";
import { checkReading, type FileReading, type FileReadOptions } from "./options.ts";
import { absolutePath } from "./paths.ts";
import { fileReplaced, fileTruncated, lineGrown } from "./problems.ts";
import { type FilePosition, fromPosition } from "./position.ts";
import { FileReader } from "./reader.ts";

const NEWLINE = 10;

/**
 * A source of the records of a file, or of all files of a folder.
 *
 * Files are read by byte offset, so a job that restarts from a checkpoint goes on at the very
 * record. A file that is cut short or replaced while it is read is never read on silently: see
 * `onTruncate`.
 *
 * @throws {WallarooError} `bad_option`, `bad_frame`; at the start of the job `not_found`,
 * `no_access`, `no_files`
 * @example
 * file.read({ path: "orders", pattern: "*.jsonl", decode: json(Order), follow: true });
 */
export function fileSource<T>(options: FileReadOptions<T>): Source<T> {
  const reading = checkReading(options);
  const known: Known = { isFile: false };
  return {
    kind: "file",
    about: aboutText(reading, options.decode),
    identity: identityOf(reading),
    decode: options.decode,
    ...(options.onInvalid === undefined ? {} : { onInvalid: options.onInvalid }),
    isOpenEnded: reading.followMs !== undefined,
    replays: true,
    canGoBack: true,
    splits: (ctx) => findSplits(reading, known, ctx),
    open: (split, position, ctx) => openSplit<T>(reading, split, position, ctx),
  };
}

/** A followed file may be away for a moment, while another takes its name: that is its reader's. */
interface Known {
  isFile: boolean;
}

async function findSplits(
  reading: FileReading,
  known: Known,
  ctx: SourceContext,
): Promise<readonly string[]> {
  const { disk } = ctx;
  const path = absolutePath("file.read", reading.path, disk);
  if (known.isFile) return [basename(path)];
  const stat = await disk.stat(path);
  if (stat === undefined) throw notThere(path);
  if (!stat.isDirectory) {
    if (reading.pattern !== undefined) {
      throw externalError(
        "no_files",
        `${path} is a file: a pattern chooses files of a folder; leave the pattern out`,
      );
    }
    known.isFile = true;
    return [basename(path)];
  }
  const names: string[] = [];
  for (const name of await disk.list(path)) {
    if (name.startsWith(".") || !reading.fits(name)) continue;
    // Gone meanwhile is gone; a folder within is not ours.
    const found = await disk.stat(join(path, name));
    if (found !== undefined && !found.isDirectory) names.push(name);
  }
  if (names.length === 0 && reading.followMs === undefined) {
    const which = reading.pattern === undefined ? "" : ` that fits ${reading.pattern}`;
    throw externalError(
      "no_files",
      `folder ${path} has no file${which}: add one, or set follow to wait for it`,
    );
  }
  return names;
}

async function openSplit<T>(
  reading: FileReading,
  split: string,
  position: Position | undefined,
  ctx: SourceContext,
): Promise<FileReader<T>> {
  const { disk } = ctx;
  const given = absolutePath("file.read", reading.path, disk);
  const stat = await disk.stat(given);
  const path = stat?.isDirectory === true ? join(given, basename(split)) : given;
  const isText = reading.frame === "lines";
  const from = position === undefined ? undefined : fromPosition(position, isText, path);
  const file = await disk.open(path, "read");
  try {
    const found = await file.stat();
    const start = await startOf(path, file, found, from, reading, ctx);
    return new FileReader<T>({ reading, path, file, start, size: found.size, ctx });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where to begin; whatever keeps the file from being read shows here, before the job starts. */
async function startOf(
  path: string,
  file: DiskFile,
  { isDirectory, inode, size }: FileStat,
  from: FilePosition | undefined,
  reading: FileReading,
  ctx: SourceContext,
): Promise<FilePosition> {
  if (isDirectory) throw isFolder(path);
  const byte = new Uint8Array(1);
  await file.read(byte, 1, 0);
  const begin = { offset: 0, record: 1, inode };
  if (from === undefined) return begin;
  let problem: Error | undefined;
  if (from.inode !== inode) {
    problem = fileReplaced(path);
  } else if (size < from.offset) {
    problem = fileTruncated(path, size, from.offset);
  } else if (reading.frame === "lines" && from.offset > 0 && from.offset < size) {
    await file.read(byte, 1, from.offset - 1);
    if (byte[0] !== NEWLINE) problem = lineGrown(path, from);
  }
  if (problem === undefined) return from;
  if (!reading.restarts) throw problem;
  ctx.log.warn("a file is read again from its start", { file: path, why: problem.message });
  return begin;
}

function identityOf({ fits: _, ...settings }: FileReading): object {
  return settings;
}

function aboutText(reading: FileReading, codec: object): string {
  const which = reading.pattern === undefined ? "" : `/${reading.pattern}`;
  const frames = framesText(reading.frame, codec);
  const followed = reading.followMs === undefined ? "" : ", followed";
  return `file ${reading.path}${which}, ${frames}${followed}`;
}

function notThere(path: string): Error {
  return externalError("not_found", `file or folder ${path} does not exist: check the path`);
}

function isFolder(path: string): Error {
  return externalError("disk", `${path} is a folder, where a file is expected`);
}
