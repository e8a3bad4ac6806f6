/**
 * The log of one step's functions. A line below the step's level costs one comparison.
 *
 * Owns: the step's call sites, at most `LOG_SITES_MAX`, and how many lines of each were held back.
 * Does not own: levels (`model/log-levels`), and where lines go, which never blocks.
 *
 * L1. Of one site, which is a level and a text but for the numbers and quotes in it, at most
 *     `LOG_LINES_PER_INTERVAL` lines leave in `LOG_INTERVAL_MS`; all sites beyond the table's
 *     bound count as one.
 * L2. No line is lost unsaid: the next of its site, or the last words, tell how many there were.
 */
import { Throttle } from "../base/throttle.ts";
import type { StepLogger } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import { LOG_INTERVAL_MS, LOG_LINES_PER_INTERVAL, LOG_SITES_MAX } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import { LOG_LEVELS, type LogFields, type Logger } from "../ports/logger.ts";

const DEBUG = 0;
const INFO = 1;
const WARN = 2;
const ERROR = 3;
/** Characters of a text that tell its site. */
const SITE_CHARS = 100;
/** Characters of a key in a line. */
const KEY_CHARS = 100;
/** What differs from line to line: quoted words, and words with a digit in them. */
const VARYING = /"[^"]*"|'[^']*'|`[^`]*`|[\w.:-]*\d[\w.:-]*/g;

interface Site {
  readonly throttle: Throttle;
  lastAt: number;
}

export interface StepLogOptions {
  readonly level: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Gives the key of the record in hand, where the step has one. */
  readonly key?: (() => Key) | undefined;
  /** Lines of one site in an interval. */
  readonly linesMax?: number | undefined;
}

export class StepLog implements StepLogger {
  /** The rank of the lowest level that is written. */
  level: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #key: (() => Key) | undefined;
  readonly #linesMax: number;
  readonly #sites = new Map<string, Site>();
  readonly #rest: Site;
  /** The text of the line before, most often that of this one too, and its site. */
  #lastText = "";
  #lastRank = -1;
  #lastSite: Site;

  constructor(options: StepLogOptions) {
    this.level = options.level;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#key = options.key;
    this.#linesMax = options.linesMax ?? LOG_LINES_PER_INTERVAL;
    this.#rest = this.#newSite();
    this.#lastSite = this.#rest;
  }

  debug(text: string, fields?: LogFields): void {
    if (this.level > DEBUG) return;
    this.#write(DEBUG, text, fields);
  }

  info(text: string, fields?: LogFields): void {
    if (this.level > INFO) return;
    this.#write(INFO, text, fields);
  }

  warn(text: string, fields?: LogFields): void {
    if (this.level > WARN) return;
    this.#write(WARN, text, fields);
  }

  error(text: string, fields?: LogFields): void {
    this.#write(ERROR, text, fields);
  }

  /** Says how many lines were held back and not told, when no more will come. */
  lastWords(): void {
    let suppressed = this.#rest.throttle.takeSuppressed();
    for (const { throttle } of this.#sites.values()) suppressed += throttle.takeSuppressed();
    if (suppressed === 0) return;
    this.#send(this.#log.child({ suppressed }), INFO, "log lines were held back");
  }

  #write(rank: number, text: string, fields: LogFields | undefined): void {
    const now = this.#clock.monotonic();
    const site = this.#site(rank, text, now);
    site.lastAt = now;
    const suppressed = site.throttle.pass(now);
    if (suppressed === undefined) return;
    let log = this.#log;
    if (this.#key !== undefined) log = log.child({ key: shownKey(this.#key()) });
    if (suppressed > 0) log = log.child({ suppressed });
    this.#send(log, rank, text, fields);
  }

  #send(log: Logger, rank: number, text: string, fields?: LogFields): void {
    const level = LOG_LEVELS[rank]!;
    if (log.always !== undefined) log.always(level, text, fields);
    else log[level](text, fields);
  }

  #site(rank: number, text: string, now: number): Site {
    if (text === this.#lastText && rank === this.#lastRank) return this.#lastSite;
    // Who writes JavaScript may give anything; such lines share a site.
    if (typeof text !== "string") return this.#rest;
    const name = rank + text.slice(0, SITE_CHARS).replace(VARYING, "#");
    let site = this.#sites.get(name);
    if (site === undefined) {
      if (this.#sites.size >= LOG_SITES_MAX) this.#forget(now);
      site = this.#sites.size < LOG_SITES_MAX ? this.#newSite() : this.#rest;
      if (site !== this.#rest) this.#sites.set(name, site);
    }
    // A long text is not kept alive for the sake of the next line.
    this.#lastText = text.length > SITE_CHARS ? "" : text;
    this.#lastRank = text.length > SITE_CHARS ? -1 : rank;
    this.#lastSite = site;
    return site;
  }

  #newSite(): Site {
    const throttle = new Throttle(LOG_INTERVAL_MS, this.#linesMax);
    return { throttle, lastAt: Number.NEGATIVE_INFINITY };
  }

  /** Makes room: sites that were silent for an interval and owe no word. */
  #forget(now: number): void {
    if (now - this.#rest.lastAt < LOG_INTERVAL_MS) return;
    for (const [name, { throttle, lastAt }] of this.#sites) {
      if (throttle.suppressed === 0 && now - lastAt >= LOG_INTERVAL_MS) this.#sites.delete(name);
    }
    this.#lastRank = -1;
  }
}

/** A key as it stands in a line: short, and plain. */
function shownKey(key: Key): string | number | boolean {
  if (typeof key === "number" || typeof key === "boolean") return key;
  const text = typeof key === "string" ? key : JSON.stringify(key);
  return text.length <= KEY_CHARS ? text : `${text.slice(0, KEY_CHARS)}...`;
}
