/**
 * The sources of a job while another version takes over.
 *
 * W1. What is opened for the new version is closed again when it does not take over.
 * W2. Nothing of the old one is closed before it has to be: only where another listens at its port.
 */
import { externalError, WallarooError } from "../base/errors.ts";
import type { Position } from "../model/context.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Source } from "../model/source.ts";
import type { Logger } from "../ports/logger.ts";
import type { TaskParts } from "./build-task.ts";
import type { JobSource, JobSources, Positions } from "./job-sources.ts";
import { compareSources, type EndChange, type EndHow } from "./swap-ends.ts";

interface NewSource {
  readonly name: string;
  readonly step: number;
  readonly source: Source<unknown>;
  readonly how: EndHow;
}

export class SourceSwap {
  readonly changes: readonly EndChange[];
  readonly #sources: JobSources;
  readonly #log: Logger;
  readonly #old: ReadonlyMap<string, JobSource>;
  readonly #wanted: readonly NewSource[];
  readonly #opened = new Map<string, JobSource>();
  readonly #late: NewSource[] = [];
  readonly #closed = new Set<JobSource>();

  constructor(sources: JobSources, before: Pipeline, after: Pipeline, log: Logger) {
    this.#sources = sources;
    this.#log = log;
    this.#old = new Map(sources.all.map((source) => [source.name, source]));
    this.changes = compareSources(before, after);
    const hows = new Map(this.changes.map(({ name, how }) => [name, how]));
    this.#wanted = after.steps.flatMap(({ id, name, spec }) =>
      spec.kind === "source"
        ? [{ name, step: id, source: spec.source, how: hows.get(name) ?? "new" }]
        : [],
    );
  }

  /** Opens what can be while the old version runs. @throws when it cannot be read */
  async openEarly(): Promise<void> {
    for (const wanted of this.#wanted) {
      if (wanted.how !== "new" && wanted.how !== "replaced") continue;
      try {
        this.#opened.set(wanted.name, await this.#sources.open(wanted.name, wanted.source));
      } catch (error) {
        if (!isPortTaken(error) || this.#toClose().length === 0) throw error;
        this.#late.push(wanted);
      }
    }
  }

  /** Opens the rest, between two records. @throws when it cannot be read */
  async openRest(): Promise<void> {
    for (const { name, source, how } of this.#wanted) {
      if (how !== "moved") continue;
      this.#opened.set(name, await this.#move(this.#old.get(name)!, source));
    }
    if (this.#late.length === 0) return;
    for (const old of this.#toClose()) {
      this.#closed.add(old);
      await this.#close(old);
    }
    for (const { name, source } of this.#late) {
      this.#opened.set(name, await this.#sources.open(name, source));
    }
  }

  /** Leads all sources of the new version to its tasks. */
  attach(tasks: readonly TaskParts[]): readonly JobSource[] {
    return this.#wanted.map(({ name, step, source }) => {
      const job = this.#opened.get(name) ?? this.#old.get(name)!;
      job.attach(
        step,
        source,
        tasks.find(({ entries }) => entries.has(step))!,
      );
      return job;
    });
  }

  /** Closes what the new version does not use. */
  async closeOld(): Promise<void> {
    const left = [...this.#old.values()].filter((old) => {
      return !this.#closed.has(old) && !this.#isKept(old.name);
    });
    await Promise.all(left.map((old) => this.#close(old)));
  }

  /** Closes what was opened. */
  async closeNew(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((opened) => this.#close(opened)));
    this.#opened.clear();
  }

  /** The sources of the old version; those that were closed are opened again. */
  async reopen(): Promise<readonly JobSource[]> {
    const all: JobSource[] = [];
    for (const old of this.#old.values()) {
      const { name, source } = old;
      if (!this.#closed.has(old)) all.push(old);
      else all.push(await this.#sources.open(name, source, positionsOf(old)));
    }
    return all;
  }

  /** Whether the old version cannot go on as it is. */
  get hasClosed(): boolean {
    return this.#closed.size > 0;
  }

  /** Opens a source where the old one is, which is closed first if it listens at the same port. */
  async #move(old: JobSource, source: Source<unknown>): Promise<JobSource> {
    const positions = positionsOf(old);
    try {
      return await this.#sources.open(old.name, source, positions);
    } catch (error) {
      if (!isPortTaken(error)) throw error;
    }
    this.#closed.add(old);
    await this.#close(old);
    return await this.#sources.open(old.name, source, positions);
  }

  #isKept(name: string): boolean {
    return this.changes.some((change) => change.name === name && change.how === "kept");
  }

  #toClose(): readonly JobSource[] {
    const names = this.changes.filter(({ how }) => how === "replaced" || how === "closed");
    return names.flatMap(({ name }) => this.#old.get(name) ?? []);
  }

  async #close(source: JobSource): Promise<void> {
    try {
      await source.close();
    } catch (error) {
      this.#log.warn(`source "${source.name}": closing failed`, { error });
    }
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof WallarooError && error.code === "port_in_use";
}

/** Where the splits of a source would be read on now. */
function positionsOf({ name, source, splits }: JobSource): Positions {
  const positions = new Map<string, Position | undefined>();
  for (const input of splits) {
    const position = input.position();
    if (position === undefined && input.hasBegun && source.replays === true) {
      throw externalError(
        "no_position",
        `source "${name}": its connector does not say where split "${input.id}" was read to`,
      );
    }
    positions.set(input.id, position);
  }
  return positions;
}
