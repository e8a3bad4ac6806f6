/**
 * A sink of several connections: a buffer and a writer for each, the records spread over them.
 *
 * P1. With a key, equal keys take the same connection, in order. Without one, connections take
 *     turns record by record.
 * P2. The slowest connection sets the pace, once its own bound is full.
 */
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import { messageOf, userError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import { type Key, keyGroup } from "../model/key.ts";
import type { Epoch } from "../model/sink.ts";
import type { SinkEnd } from "./operator.ts";

/** What one connection has prepared. */
export interface SpreadPending {
  readonly index: number;
  readonly pending: unknown;
}

type Facts = Readonly<Record<string, number | string>>;

export class SpreadSink implements SinkEnd {
  readonly name: string;
  readonly #connections: readonly SinkEnd[];
  readonly #by: ((record: unknown) => Key) | undefined;
  #next = 0;

  constructor(
    name: string,
    connections: readonly SinkEnd[],
    by: ((record: unknown) => Key) | undefined,
  ) {
    this.name = name;
    this.#connections = connections;
    this.#by = by;
  }

  get records(): number {
    return this.#connections.reduce((total, { records }) => total + records, 0);
  }

  get pending(): number {
    return this.#connections.reduce((total, { pending }) => total + pending, 0);
  }

  get isBlocked(): boolean {
    return this.#connections.some(({ isBlocked }) => isBlocked);
  }

  get isPreparing(): boolean {
    return this.#connections.some(({ isPreparing }) => isPreparing === true);
  }

  push(record: unknown, time: number): void {
    let index: number;
    if (this.#by === undefined) {
      index = this.#next;
      this.#next = index + 1 === this.#connections.length ? 0 : index + 1;
    } else {
      index = this.#indexOf(record, this.#by);
    }
    this.#connections[index]!.push(record, time);
  }

  flush(): void {
    for (const connection of this.#connections) connection.flush();
  }

  async prepare(epoch: Epoch): Promise<readonly SpreadPending[] | undefined> {
    const all = await Promise.all(this.#connections.map((one) => one.prepare(epoch)));
    const some = all
      .map((pending, index): SpreadPending => ({ index, pending }))
      .filter(({ pending }) => pending !== undefined);
    return some.length === 0 ? undefined : some;
  }

  async commit(pending: unknown): Promise<void> {
    const all = pending as readonly SpreadPending[]; // What `prepare` gave.
    await Promise.all(all.map((one) => this.#connections[one.index]!.commit(one.pending)));
  }

  stats(): Facts {
    const all = this.#connections.map((one) => one.stats());
    return { connections: all.length, ...joinFacts(all) };
  }

  #indexOf(record: unknown, by: (record: unknown) => Key): number {
    try {
      return keyGroup(by(record), this.#connections.length);
    } catch (cause) {
      const text = plainText(record, RECORD_TEXT_MAX);
      const message = `sink "${this.name}": by: ${messageOf(cause)}, for record ${text}`;
      throw userError("user_function", message, cause);
    }
  }
}

/** One fact for each name: numbers added up, texts that differ counted: `yes 3, no 1`. */
export function joinFacts(all: readonly Facts[]): Facts {
  const joined: Record<string, number | string> = {};
  for (const name of new Set(all.flatMap((facts) => Object.keys(facts)))) {
    const values = all.map((facts) => facts[name]).filter((value) => value !== undefined);
    if (values.every((value) => typeof value === "number")) {
      joined[name] = values.reduce((total, value) => total + value, 0);
      continue;
    }
    const counts = [...Map.groupBy(values, String)].map(([text, { length }]) => [text, length]);
    joined[name] =
      counts.length === 1 ? values[0]! : counts.map(([text, n]) => `${text} ${n}`).join(", ");
  }
  return joined;
}
