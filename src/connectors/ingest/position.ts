/** Where in an ingest log a frame stands: a block's place, and how many frames of it are before. */
import { externalError, userError } from "../../base/errors.ts";
import type { Position } from "../../model/context.ts";
import type { SourceContext } from "../../model/source.ts";
import { comparePlaces, type LogPlace, type RecordLog } from "../../ports/record-log.ts";

export type IngestPosition = LogPlace & {
  readonly frame: number;
  readonly [field: string]: number;
};

/** @throws {WallarooError} `bad_position` when it is none of ours */
export function toPlace(position: unknown): IngestPosition {
  if (typeof position === "object" && position !== null) {
    const { segment, offset, frame } = position as Readonly<Record<string, unknown>>;
    if (isCount(segment) && isCount(offset) && isCount(frame)) return { segment, offset, frame };
  }
  throw userError(
    "bad_position",
    `${JSON.stringify(position)} is no position of an ingest log: was it another source?`,
  );
}

export function atFrame({ segment, offset }: LogPlace, frame: number): IngestPosition {
  return { segment, offset, frame };
}

export function isSamePosition(a: IngestPosition, b: IngestPosition): boolean {
  return comparePlaces(a, b) === 0 && a.frame === b.frame;
}

/**
 * The position to begin at: the one that was given, which the log must have, unless people accepted
 * that what stood there is lost.
 * @throws {WallarooError} `position_lost` with both, `bad_position`
 */
export async function startPosition(
  given: Position,
  log: RecordLog,
  { source: name, log: logger }: Pick<SourceContext, "source" | "log">,
): Promise<IngestPosition> {
  const position = toPlace(given);
  const { begin, end } = log;
  const isKept = comparePlaces(position, begin) >= 0 && comparePlaces(position, end) <= 0;
  if (isKept && (position.frame === 0 || comparePlaces(position, end) < 0)) return position;
  const frameText = position.frame === 0 ? "" : `, frame ${position.frame} behind it,`;
  const text =
    `the ingest log of ${name} is to be read from ${placeText(position)}${frameText} on, and it ` +
    `has ${placeText(begin)} to ${placeText(end)}`;
  const past = await log.passLoss(position);
  if (past === undefined) throw externalError("position_lost", `${text}: ${log.onLoss}`);
  logger.warn(`${text}: it is read from ${placeText(past)} on, as the loss was accepted`);
  return atFrame(past, 0);
}

export function placeText({ segment, offset }: LogPlace): string {
  return `segment ${segment} byte ${offset}`;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
