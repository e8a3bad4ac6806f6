/** What a source says of its producers: counts for its status, and lines at a bounded rate. */
import { Throttle } from "../../base/throttle.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogFields, Logger } from "../../ports/logger.ts";

/** Lines about single producers in a second; the rest is counted in the next line. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;

/** Why a producer, a stream or a message was refused. */
export type Refusal =
  | "connections"
  | "versions"
  | "cookies"
  | "badFrames"
  | "longFrames"
  | "slowFrames"
  | "slowHandshakes"
  | "slowReaders"
  | "outOfState"
  | "unknownStreams"
  | "streams"
  | "tooManyStreams"
  | "badRecords"
  | "errors";

export class SessionNotes {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lines = new Throttle(SECOND_MS, LINES_PER_SECOND);
  readonly #refused = new Map<Refusal, number>();
  accepted = 0;
  /** Messages that were sent again, and had been read. */
  repeats = 0;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  refuse(kind: Refusal, text: string, fields: LogFields): void {
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1);
    this.line(text, { ...fields, refused: kind });
  }

  line(text: string, fields: LogFields): void {
    const before = this.#lines.pass(this.#clock.monotonic());
    if (before === undefined) return;
    this.#log.warn(text, before === 0 ? fields : { ...fields, linesHeldBack: before });
  }

  /** `refused.cookies: 2`, where there was one. */
  stats(): Readonly<Record<string, number>> {
    const refused = Array.from(this.#refused, ([kind, count]) => [`refused.${kind}`, count]);
    const { accepted, repeats } = this;
    return { accepted, repeats, ...(Object.fromEntries(refused) as Record<string, number>) };
  }
}
