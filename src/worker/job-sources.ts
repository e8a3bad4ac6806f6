/**
 * The sources of a job: their splits, found at start and, where they may grow, from time to time.
 *
 * Owns: which splits are open, and what is said of frames that are no record.
 * Does not own: the order in which splits are processed (task).
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import { hex } from "../base/plain.ts";
import type { Mark } from "../io/commits.ts";
import { SplitInput } from "../io/split-input.ts";
import type { Source } from "../model/source.ts";
import type { TaskParts } from "./build-task.ts";
import type { JobSettings } from "./job-settings.ts";
import type { LogLimit } from "./log-limit.ts";
import { openSplit, sourceContext } from "./open.ts";

/** A source of the job. */
export interface JobSource {
  readonly step: number;
  readonly name: string;
  readonly source: Source<unknown>;
  readonly parts: TaskParts;
  readonly splits: SplitInput[];
  readonly known: Set<string>;
  readonly isOpenEnded: boolean;
}

export interface SourceEvents {
  /** A split has a batch, or has ended. */
  readonly onBatch: (parts: TaskParts) => void;
  readonly onFail: (error: unknown) => void;
}

export class JobSources {
  readonly all: JobSource[] = [];
  readonly #settings: JobSettings;
  readonly #events: SourceEvents;
  readonly #limit: LogLimit;
  #isReading = false;

  constructor(settings: JobSettings, events: SourceEvents, limit: LogLimit) {
    this.#settings = settings;
    this.#events = events;
    this.#limit = limit;
  }

  /** Opens a source of a task. @throws {WallarooError} when it cannot be read */
  async open(step: number, parts: TaskParts): Promise<void> {
    const { spec, name } = this.#settings.pipeline.steps[step]!;
    if (spec.kind !== "source") return;
    const { source } = spec;
    const isOpenEnded = source.isOpenEnded ?? false;
    const added = { step, name, source, parts, splits: [], known: new Set<string>(), isOpenEnded };
    this.all.push(added);
    await this.discover(added);
  }

  /** Opens the splits that are new. */
  async discover(added: JobSource): Promise<void> {
    const { name, source, parts } = added;
    const ctx = sourceContext(this.#settings, name);
    for (const id of await source.splits(ctx)) {
      if (added.known.has(id)) continue;
      added.known.add(id);
      const reader = await openSplit(source, name, id, ctx);
      const input = new SplitInput(
        id,
        reader,
        () => this.#events.onBatch(parts),
        (error) => this.#events.onFail(naming(name, error)),
      );
      added.splits.push(input);
      parts.task.feeds.push({ input, run: parts.runner(added.step) });
      if (this.#isReading) input.ask();
    }
  }

  /** Begins to read. */
  read(): void {
    this.#isReading = true;
    for (const { splits } of this.all) for (const input of splits) input.ask();
  }

  /** No more batches; what is in hand is still processed. */
  async stop(): Promise<void> {
    this.#isReading = false;
    await Promise.all(this.all.flatMap(({ splits }) => splits.map((input) => input.stop())));
  }

  close(): Promise<void>[] {
    return this.all.flatMap(({ splits }) =>
      splits.map(async (input) => {
        await input.stop();
        await input.dispose();
      }),
    );
  }

  /** Whether a task will never get another record. */
  isDry(parts: TaskParts): boolean {
    return this.all.every(
      (source) =>
        source.parts !== parts ||
        ((!this.#isReading || !source.isOpenEnded) &&
          source.splits.every((input) => input.isDone && input.batch === undefined)),
    );
  }

  /** Where each split would be read on now. */
  marks(): Mark[] {
    return this.all.flatMap(({ splits }) =>
      splits.map((input) => ({ reader: input.reader, position: input.position() })),
    );
  }

  /** Gives the splits of a task the code that runs them now. */
  rewire(parts: TaskParts): void {
    for (const source of this.all) {
      if (source.parts !== parts) continue;
      const run = parts.runner(source.step);
      for (const feed of parts.task.feeds) {
        if (source.splits.some((split) => split === feed.input)) feed.run = run;
      }
    }
  }

  /** Bytes that are no record: logged at most once a second for a source. @throws with `"fail"` */
  reject(name: string, error: unknown, bytes: Uint8Array): void {
    const text = `source "${name}": a frame is no record: ${messageOf(error)}`;
    const source = this.all.find((one) => one.name === name)?.source;
    if (source?.onInvalid === "fail") {
      throw new WallarooError("invalid_record", `${text} (bytes ${hex(bytes)})`, {
        domain: "external",
        cause: error,
      });
    }
    this.#limit.warn(`source ${name}`, text, { step: name, bytes: hex(bytes) });
  }
}

function naming(source: string, error: unknown): WallarooError {
  const known = error instanceof WallarooError ? error : undefined;
  return new WallarooError(known?.code ?? "source", `source "${source}": ${messageOf(error)}`, {
    domain: known?.domain ?? "external",
    cause: error,
  });
}
