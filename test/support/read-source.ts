/** Reads a source in the background, as the worker does. */
import type { Position } from "../../src/model/context.ts";
import type { Source, SplitReader } from "../../src/model/source.ts";
import { copyBatch, type ReadRecord } from "../../src/testing/read-split.ts";

export * from "../../src/testing/read-split.ts";

/** Reads in the background, for sources that wait: what came so far is in `records`. */
export class LiveRead<T> {
  readonly records: ReadRecord<T>[] = [];
  next: Position | undefined;
  /** How it ended: undefined while it goes on. */
  end: "finished" | { readonly error: unknown } | undefined;
  readonly reader: SplitReader<T>;

  constructor(source: Source<T>, reader: SplitReader<T>) {
    this.reader = reader;
    void this.#run(source);
  }

  get values(): T[] {
    return this.records.map(({ record }) => record);
  }

  get errorCode(): unknown {
    if (this.end === undefined || this.end === "finished") return this.end;
    const { error } = this.end;
    return error instanceof Error && "code" in error ? error.code : error;
  }

  async #run(source: Source<T>): Promise<void> {
    try {
      for await (const batch of this.reader.read()) {
        const copy = copyBatch(source, batch);
        this.records.push(...copy.records);
        this.next = copy.next;
      }
      this.end = "finished";
    } catch (error) {
      this.end = { error };
    }
  }
}
