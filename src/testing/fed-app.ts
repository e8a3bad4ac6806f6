/** The ends of an app under test: what goes in, what came out. */
import type { MemorySink } from "../connectors/memory/mod.ts";
import type { Diverted } from "../model/diverted.ts";
import { findFeed, findNamed, findSink, findTargets } from "./find-name.ts";
import type { TestPipeline } from "./test-parts.ts";

/** An app whose sources are fed and whose sinks are looked at, on one worker or several. */
export abstract class FedApp {
  readonly #parts: TestPipeline;

  constructor(parts: TestPipeline) {
    this.#parts = parts;
  }

  /** Resolves when all that was fed has been processed. */
  abstract settle(): Promise<void>;

  /**
   * Gives a source records, as if its connector had decoded them. They are processed while the test
   * awaits: `settle` or `collect` waits for the last of them.
   *
   * @param options `times`: the event time of each record, ms since the epoch
   * @throws {WallarooError} `bad_test` for a source that the app has not, `feed_ended`
   */
  feed<T>(
    source: string,
    records: readonly T[],
    options: { readonly times?: readonly number[] } = {},
  ): void {
    findFeed(this.#parts, source).feed(records, options.times);
  }

  /**
   * Gives a source frames, each the bytes of one record without a header; they go through the
   * source's own decoder, so that what it does with bytes that are no record can be tested.
   */
  feedBytes(source: string, frames: readonly (Uint8Array | string)[]): void {
    const bytes = frames.map((one) => (typeof one === "string" ? Buffer.from(one) : one));
    findFeed(this.#parts, source).feedBytes(bytes);
  }

  /** No more records for a source, or for all of them: the job ends when all sources have. */
  end(source?: string): void {
    const feeds =
      source === undefined ? [...this.#parts.feeds.values()] : [findFeed(this.#parts, source)];
    for (const feed of feeds) feed.end();
  }

  /** Settles, then gives all records that a sink got so far, in order. */
  async collect<T = unknown>(sink: string): Promise<readonly T[]> {
    return await this.#recordsOf<T>(findSink(this.#parts, sink));
  }

  /** Settles, then gives what each target of a `sinkEach` got so far. */
  async collectEach<T = unknown>(sink: string): Promise<ReadonlyMap<string, readonly T[]>> {
    const targets = findTargets(this.#parts, sink);
    await this.settle();
    return new Map([...targets].map(([name, { records }]) => [name, [...records] as T[]]));
  }

  /** Settles, then gives the records of a sink that were committed so far: see `advance`. */
  async committed<T = unknown>(sink: string): Promise<readonly T[]> {
    const { committed } = findSink(this.#parts, sink);
    await this.settle();
    return [...committed] as T[];
  }

  /** Settles, then gives what a step put into a side output, also where no sink takes it. */
  async side<T = unknown>(step: string, name: string): Promise<readonly T[]> {
    const { sides } = this.#parts;
    return await this.#recordsOf<T>(findNamed("side output", `${step}/${name}`, sides));
  }

  /** Settles, then gives the records of a step with `onError: "divert"` that failed. */
  async diverted<T = unknown>(step: string): Promise<readonly Diverted<T>[]> {
    const { diverted } = this.#parts;
    return await this.#recordsOf<Diverted<T>>(findNamed("step that diverts", step, diverted));
  }

  async #recordsOf<T>({ records }: MemorySink<unknown>): Promise<readonly T[]> {
    await this.settle();
    return [...records] as T[];
  }
}
