/**
 * The connections that records came from, by the id that the records carry: how a sink finds what a
 * source has accepted. One table for each network, so that nothing is shared beyond a process.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Connection, Network } from "../../ports/network.ts";
import type { Random } from "../../ports/random.ts";
import { addressText, type Origin } from "./options.ts";
import { ReplyLine } from "./reply-line.ts";

/** What a source or a sink finds the table by. */
export interface OriginContext {
  readonly network: Network;
  readonly random: Random;
  readonly clock: Clock;
}

const tables = new WeakMap<Network, Origins>();

export class Origins {
  /** Part of each id, so that one kept over a restart never finds another connection. */
  readonly #nonce: string;
  readonly #lines = new Map<Origin, ReplyLine>();
  #count = 0;

  private constructor(nonce: number) {
    this.#nonce = (nonce >>> 0).toString(16).padStart(8, "0");
  }

  /** The table of a network. */
  static of({ network, random }: OriginContext): Origins {
    let origins = tables.get(network);
    if (origins === undefined) {
      origins = new Origins(random.u32());
      tables.set(network, origins);
    }
    return origins;
  }

  /** The id tells which worker holds the connection, so that replies find their way there. */
  add(connection: Connection, clock: Clock, worker: string): ReplyLine {
    const from = `${this.#nonce}-${++this.#count}@${worker}`;
    const line = new ReplyLine(from, addressText(connection.peer), connection, clock);
    this.#lines.set(from, line);
    return line;
  }

  /** The worker that holds the connection of an id. */
  static workerOf(from: Origin): string {
    return from.slice(from.indexOf("@") + 1);
  }

  /** Undefined when the connection is gone. */
  find(from: Origin): ReplyLine | undefined {
    return this.#lines.get(from);
  }

  remove(line: ReplyLine): void {
    line.gone();
    this.#lines.delete(line.from);
  }
}
