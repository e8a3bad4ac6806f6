/**
 * The sources of a job: their splits, found at start and, where they may grow, from time to time.
 *
 * Owns: which splits are open, and what is said of frames that are no record.
 * Does not own: the order in which splits are processed (task).
 */
import { must } from "../base/assert.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import { bytesText } from "../base/plain.ts";
import type { Mark } from "../io/commits.ts";
import { SplitInput } from "../io/split-input.ts";
import type { Position } from "../model/context.ts";
import type { Source, SourceContext } from "../model/source.ts";
import type { TaskParts } from "./build-task.ts";
import type { JobSettings } from "./job-settings.ts";
import type { LogLimit } from "./log-limit.ts";
import type { SplitMark } from "./part-task.ts";
import { openSplit, sourceContext } from "./open.ts";

/** A source that is open: its splits, and the task that they feed. */
export class JobSource {
  readonly name: string;
  readonly splits: SplitInput[] = [];
  readonly known = new Set<string>();
  source: Source<unknown>;
  step = -1;
  #parts: TaskParts | undefined = undefined;

  constructor(name: string, source: Source<unknown>) {
    this.name = name;
    this.source = source;
  }

  get isOpenEnded(): boolean {
    return this.source.isOpenEnded ?? false;
  }

  get parts(): TaskParts {
    return must(this.#parts, "task");
  }

  /** Whether its records go to a task. */
  get isAttached(): boolean {
    return this.#parts !== undefined;
  }

  /** From now on it is this step of this task; what is in hand goes there too. */
  attach(step: number, source: Source<unknown>, parts: TaskParts): void {
    this.step = step;
    this.source = source;
    this.#parts = parts;
    for (const input of this.splits) this.feed(input);
  }

  feed(input: SplitInput): void {
    const split = [this.name, input.id] as const;
    this.parts.task.feeds.push({ input, split, run: this.parts.runner(this.step) });
  }

  /** Reads no more, and gives its readers back. */
  async close(): Promise<void> {
    await Promise.all(
      this.splits.map(async (input) => {
        await input.stop();
        await input.dispose();
      }),
    );
  }
}

/** Where each split of some sources would be read on now. */
export function marksOf(sources: readonly JobSource[]): Mark[] {
  return sources.flatMap(({ splits }) =>
    splits.map((input) => ({ reader: input.reader, position: input.position() })),
  );
}

/** The same, with whose they are. */
export function splitMarksOf(sources: readonly JobSource[]): SplitMark[] {
  return sources.flatMap(({ name, splits }) =>
    splits.map((input) => ({
      source: name,
      split: input.id,
      reader: input.reader,
      position: input.position(),
      isDone: input.isDone && input.batch === undefined,
    })),
  );
}

export interface SourceEvents {
  /** A split has a batch, or has ended. */
  readonly onBatch: (parts: TaskParts) => void;
  readonly onFail: (error: unknown) => void;
}

/** Where splits are read on, by their ids. */
export type Positions = ReadonlyMap<string, Position | undefined>;

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

  /**
   * Opens a source, at its start or at the positions of its splits. Nothing is read before it is
   * attached and asked. @throws {WallarooError} when it cannot be read: then nothing stays open
   */
  async open(name: string, source: Source<unknown>, from?: Positions): Promise<JobSource> {
    const opened = new JobSource(name, source);
    try {
      await this.discover(opened, from);
    } catch (error) {
      await Promise.allSettled([opened.close()]);
      throw error;
    }
    return opened;
  }

  /** Opens the splits that are new. */
  async discover(opened: JobSource, from?: Positions): Promise<void> {
    const { name, source } = opened;
    const ctx = sourceContext(this.#settings, name);
    for (const id of await splitsOf(source, ctx)) {
      if (opened.known.has(id)) continue;
      opened.known.add(id);
      const position = from?.get(id);
      const reader = await openSplit(source, name, id, ctx, position);
      const input = new SplitInput(
        id,
        reader,
        () => {
          if (opened.isAttached) this.#events.onBatch(opened.parts);
        },
        (error) => this.#events.onFail(naming(name, error)),
        position,
      );
      opened.splits.push(input);
      if (!opened.isAttached) continue;
      opened.feed(input);
      if (this.#isReading) input.ask();
    }
  }

  /** Begins to read, or goes on with those that do not. */
  read(): void {
    this.#isReading = true;
    for (const { splits } of this.all) for (const input of splits) input.ask();
  }

  /** No more batches; what is in hand is still processed. */
  async stop(): Promise<void> {
    this.#isReading = false;
    await Promise.all(this.all.flatMap(({ splits }) => splits.map((input) => input.stop())));
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
    return marksOf(this.all);
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
      throw new WallarooError("invalid_record", `${text} (bytes: ${bytesText(bytes)})`, {
        domain: "external",
        cause: error,
      });
    }
    this.#limit.warn(`source ${name}`, text, { step: name, bytes: bytesText(bytes, String) });
  }
}

async function splitsOf(source: Source<unknown>, ctx: SourceContext): Promise<readonly string[]> {
  try {
    return await source.splits(ctx);
  } catch (error) {
    throw naming(ctx.source, error);
  }
}

function naming(source: string, error: unknown): WallarooError {
  const known = error instanceof WallarooError ? error : undefined;
  return new WallarooError(known?.code ?? "source", `source "${source}": ${messageOf(error)}`, {
    domain: known?.domain ?? "external",
    cause: error,
  });
}
