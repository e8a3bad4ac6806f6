/**
 * A connection to a receiver that may be away: dialled again, with backoff, until it is closed.
 *
 * Owns: the connection, the attempts, and what is logged of them.
 * Does not own: bytes.
 *
 * A1. At most one attempt and one connection at a time; what an earlier attempt brings is closed.
 */
import { backoffMs } from "../../base/backoff.ts";
import { durationText } from "../../base/duration.ts";
import { messageOf } from "../../base/errors.ts";
import { Throttle } from "../../base/throttle.ts";
import type { SinkContext } from "../../model/sink.ts";
import type { Timer } from "../../ports/clock.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { Address, Connection, ConnectionHandler } from "../../ports/network.ts";
import { addressText } from "./options.ts";

const BACKOFF = { firstMs: 100, maxMs: 5_000 };
/** An attempt that has not come to an end by then has failed. */
const CONNECT_MS = 10_000;
/** A connection that held as long was a good one: the next attempt comes at once. */
const STABLE_MS = 5_000;
/** Between two lines that say that the receiver is still away. */
const LINES_MS = 10_000;
/** Losses and recoveries that are told in that time; a receiver may come and go quickly. */
const CHANGES_MAX = 6;

export interface LinkOwner {
  /** There is a new connection, at the begin of its stream. */
  opened(): void;
  /** The connection takes more. */
  drained(): void;
  lost(): void;
  /** The receiver says something. Absent: those of this owner have nothing to say. */
  received?(chunk: Uint8Array): void;
  /** What waits for the receiver. */
  held(): LogFields;
}

type LinkContext = Pick<SinkContext, "clock" | "random" | "network" | "log">;

export class Link {
  readonly #address: Address;
  readonly #ctx: LinkContext;
  readonly #owner: LinkOwner;
  readonly #about: string;
  readonly #stillLines = new Throttle(LINES_MS);
  readonly #changeLines = new Throttle(LINES_MS, CHANGES_MAX);
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #attempt = 0;
  #dial = 0;
  #awaySince: number | undefined;
  #openedAt = 0;
  #isClosed = false;
  /** Connections made after the first. */
  reconnects = -1;

  constructor(address: Address, ctx: LinkContext, owner: LinkOwner) {
    this.#address = address;
    this.#ctx = ctx;
    this.#owner = owner;
    this.#about = addressText(address);
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Dials now. Never throws. */
  dial(): void {
    const dial = ++this.#dial;
    const isCurrent = (): boolean => dial === this.#dial && !this.#isClosed;
    this.#timer = this.#ctx.clock.after(CONNECT_MS, () => {
      if (isCurrent()) this.#failed(new Error(`no answer in ${durationText(CONNECT_MS)}`));
    });
    this.#ctx.network
      .connect(this.#address, (connection) => {
        if (isCurrent()) return this.#opened(connection);
        connection.terminate(); // A1
        return IGNORE;
      })
      .catch((error: unknown) => {
        if (isCurrent() && this.#connection === undefined) this.#failed(error);
      });
  }

  /** Ends the connection, or the attempts. `isDone`: all bytes were taken, so let them arrive. */
  close(isDone: boolean): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    if (isDone) this.#connection?.end();
    else this.#connection?.terminate();
    this.#connection = undefined;
  }

  /** Breaks the connection off: another one is tried for. Without one it changes nothing. */
  drop(why: Error): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.terminate();
    this.#lost(why);
  }

  #opened(connection: Connection): ConnectionHandler {
    const now = this.#ctx.clock.monotonic();
    this.#timer?.cancel();
    this.#connection = connection;
    this.#openedAt = now;
    this.reconnects++;
    if (this.#awaySince !== undefined) {
      const away = durationText(now - this.#awaySince);
      this.#awaySince = undefined;
      this.#tell("info", `receiver ${this.#about} is there, after ${away}`, this.#changeLines);
    }
    // Not from within the call that made the connection: a write may close it.
    this.#ctx.clock.soon(() => {
      if (this.#connection === connection) this.#owner.opened();
    });
    return {
      data: (chunk) => {
        if (this.#connection === connection) this.#owner.received?.(chunk);
      },
      drain: () => {
        if (this.#connection === connection) this.#owner.drained();
      },
      close: (error) => {
        if (this.#connection === connection) this.#lost(error);
      },
    };
  }

  #lost(error: Error | undefined): void {
    this.#connection = undefined;
    const now = this.#ctx.clock.monotonic();
    if (now - this.#openedAt >= STABLE_MS) this.#attempt = 0;
    this.#owner.lost();
    this.#away(now, `receiver ${this.#about} is gone: ${error?.message ?? "it closed"}`);
  }

  #failed(error: unknown): void {
    this.#timer?.cancel();
    this.#dial++; // A1
    this.#away(this.#ctx.clock.monotonic(), messageOf(error));
  }

  #away(now: number, text: string): void {
    const isNew = this.#awaySince === undefined;
    this.#awaySince ??= now;
    if (isNew) {
      this.#stillLines.pass(now);
      this.#tell("warn", `${text}; trying again until it is there`, this.#changeLines);
    } else {
      const away = durationText(now - this.#awaySince);
      this.#tell("warn", `${text}; trying again since ${away}`, this.#stillLines);
    }
    const delay = backoffMs(this.#attempt++, this.#ctx.random.next(), BACKOFF);
    this.#timer = this.#ctx.clock.after(delay, () => {
      if (!this.#isClosed) this.dial();
    });
  }

  #tell(level: "info" | "warn", text: string, lines: Throttle): void {
    const before = lines.pass(this.#ctx.clock.monotonic());
    if (before === undefined) return;
    // That the same line was held back meanwhile is no news.
    const isNews = before > 0 && lines === this.#changeLines;
    const more = isNews ? { linesHeldBack: before } : {};
    this.#ctx.log[level](text, { ...this.#owner.held(), ...more });
  }
}

const ignore = (): void => undefined;
const IGNORE: ConnectionHandler = { data: ignore, drain: ignore, close: ignore };
