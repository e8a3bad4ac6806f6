/** What is said when a user's function throws: the step, the record, the place in their file. */
import { messageOf, WallarooError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import type { Position } from "../model/context.ts";
import type { Diverted } from "../model/diverted.ts";

export interface FailureFacts {
  readonly step: string;
  readonly what: string;
  readonly record: unknown;
  readonly position: Position | undefined;
}

/** The error that ends the job, naming step, record, position, and file and line. */
export function userFailure(facts: FailureFacts, cause: unknown): WallarooError {
  const record = plainText(facts.record, RECORD_TEXT_MAX);
  const where = placeOf(cause);
  const position = facts.position === undefined ? "" : ` at ${plainText(facts.position, 100)}`;
  const name = cause instanceof Error && !(cause instanceof WallarooError) ? `${cause.name}: ` : "";
  const message =
    `step "${facts.step}": ${facts.what} threw ${name}${messageOf(cause)}` +
    (where === undefined ? "" : ` (${where})`) +
    `, for record ${record}${position}`;
  return new WallarooError("user_function", message, { domain: "user", cause });
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

/** The first line of a stack that lies in a file of the user's: `file:line:column`. */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  for (const line of error.stack.split("\n").slice(1)) {
    const match = /\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(line.trim());
    if (match !== null && !match[1]!.startsWith("/$bunfs/")) return match[1];
  }
  return undefined;
}
