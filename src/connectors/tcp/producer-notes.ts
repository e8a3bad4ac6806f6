/** What a reader says of its producers: counts for its status, and lines at a bounded rate. */
import { Throttle } from "../../base/throttle.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogFields, Logger } from "../../ports/logger.ts";
import type { Producer } from "./producer.ts";

/** Lines about single producers in a second; the rest is counted in the next line. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;

export class ProducerNotes {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #refusedLines = new Throttle(SECOND_MS);
  readonly #lines = new Throttle(SECOND_MS, LINES_PER_SECOND);
  accepted = 0;
  refused = 0;
  cutFrames = 0;
  longFrames = 0;
  slowFrames = 0;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  refuse(peer: string, connectionsMax: number): void {
    this.refused++;
    if (this.#refusedLines.pass(this.#clock.monotonic()) === undefined) return;
    const text = `producer refused: ${connectionsMax} connections, which is the limit`;
    this.#log.warn(text, { peer, refused: this.refused });
  }

  /** It will send no more: the frame that it began is never finished. */
  cut(producer: Producer, bytes: number): void {
    this.cutFrames++;
    const why = producer.error === undefined ? {} : { error: producer.error.message };
    const text = "producer left inside a frame, whose begin is dropped";
    this.line(text, { peer: producer.peer, bytes, ...why });
  }

  line(text: string, fields: LogFields): void {
    const before = this.#lines.pass(this.#clock.monotonic());
    if (before === undefined) return;
    this.#log.warn(text, before === 0 ? fields : { ...fields, linesHeldBack: before });
  }
}
