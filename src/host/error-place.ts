/** Where in the user's own files an error was thrown, and what stands there. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Frames of our own, when the sources run as they are. */
const OWN_FOLDER = join(import.meta.dir, "..") + "/";
/** A line of code in a message. */
const CODE_MAX = 160;

/** The innermost frame of an error's stack in a file of the user's, packages last. */
export function placeOf(error: unknown): Place | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  const places = placesIn(error.stack);
  return places.find(({ file }) => !file.includes("/node_modules/")) ?? places[0];
}

/** The frames of a stack that are in files which exist and are not ours. */
export function placesIn(stack: string): readonly Place[] {
  const places: Place[] = [];
  for (const text of stack.split("\n")) {
    const match = /^\s*at (?:async )?(?:.*? \()?(\/.*?):(\d+):(\d+)\)?$/.exec(text);
    const file = match?.[1];
    if (file === undefined || file.startsWith("/$bunfs/") || file.startsWith(OWN_FOLDER)) continue;
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    places.push({ file, line: Number(match?.[2]), column: Number(match?.[3]) });
  }
  return places;
}

/** `/apps/x/app.ts:4:13`. */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** The line of code with a caret below its column, indented; empty when it cannot be read. */
export function codeFrame(place: Place, text?: string): string {
  const code = (text ?? lineOf(place))?.replaceAll("\t", " ");
  if (code === undefined || code.trim() === "" || place.column > CODE_MAX) return "";
  const head = `${String(place.line).padStart(5)} | `;
  const caret = " ".repeat(head.length + Math.max(0, place.column - 1));
  return `\n${head}${code.slice(0, CODE_MAX)}\n${caret}^`;
}

function lineOf({ file, line }: Place): string | undefined {
  try {
    return readFileSync(file, "utf8").split("\n")[line - 1];
  } catch {
    // The frame is a courtesy: the place is in the message anyway.
    return undefined;
  }
}
