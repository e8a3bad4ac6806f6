/** What is said when a user's function throws: the step, the record, the place in their file. */
import { APP_EXITS, messageOf, WallarooError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import type { Position } from "../model/context.ts";
import type { Diverted } from "../model/diverted.ts";

export interface FailureFacts {
  readonly step: string;
  readonly what: string;
  /** Where the step stands in the user's file: told when the error itself names no place. */
  readonly at?: string;
  readonly record: unknown;
  readonly position: Position | undefined;
}

/** The error that ends the job, naming step, record, position, and file and line. */
export function userFailure(facts: FailureFacts, cause: unknown): WallarooError {
  const record = plainText(facts.record, RECORD_TEXT_MAX);
  const where = placeOf(cause) ?? facts.at;
  const position = facts.position === undefined ? "" : ` at ${plainText(facts.position, 100)}`;
  // What we refuse ourselves says what is wrong; nothing of the user's threw it.
  const said =
    cause instanceof WallarooError
      ? cause.message
      : `${facts.what} threw ${cause instanceof Error ? `${cause.name}: ` : ""}${messageOf(cause)}`;
  const message =
    `step "${facts.step}": ${said}` +
    (where === undefined ? "" : ` (${where})`) +
    `, for record ${record}${position}`;
  return new WallarooError("user_function", message, { domain: "user", cause });
}

/** Whether code of the app asked for the end of the process: no policy lets that go. */
export function isExit(cause: unknown): boolean {
  return cause instanceof WallarooError && cause.code === APP_EXITS;
}

export interface DivertedFacts {
  readonly step: string;
  readonly record: unknown;
  readonly time: number;
  readonly position: Position | undefined;
  /** Which input of `connect` it came from. */
  readonly from?: string | undefined;
}

/** A record that failed, with what is known of its failure. */
export function divertedOf(facts: DivertedFacts, cause: unknown): Diverted<unknown> {
  const at = placeOf(cause);
  return {
    error: {
      name: cause instanceof Error ? cause.name : "Error",
      message: messageOf(cause),
      ...(at === undefined ? {} : { at }),
    },
    input: facts.record,
    step: facts.step,
    ...(facts.from === undefined ? {} : { from: facts.from }),
    time: facts.time,
    ...(facts.position === undefined ? {} : { position: facts.position }),
  };
}

/** Frames of our own: where the sources run as they are, and within the binary. */
const OWN_FOLDER = import.meta.dir.replace(/operators$/, "");
const BINARY_FOLDER = "/$bunfs/";

/** The first frame of a stack in a file of the user's, packages last: `file:line:column`. */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  let inPackage: string | undefined;
  for (const line of error.stack.split("\n").slice(1)) {
    // The binary's own frames are relative paths, which are not told.
    const match = /^\s*at (?:async )?(?:.*? \()?(?:file:\/\/)?(\/.*:\d+:\d+)\)?$/.exec(line);
    const place = match?.[1];
    if (place === undefined || [OWN_FOLDER, BINARY_FOLDER].some((f) => place.startsWith(f)))
      continue;
    if (!place.includes("/node_modules/")) return place;
    inPackage ??= place;
  }
  return inPackage;
}
