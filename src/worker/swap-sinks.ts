/**
 * The sinks of a job while another version takes over. Everything that was pushed is committed
 * before any of this begins.
 *
 * V1. Two writers of one sink are never open at once.
 * V2. What is opened for the new version is closed again when it does not take over, and what was
 *     closed for it is opened again.
 */
import type { Encoder } from "../model/codec.ts";
import { isSink, type Pipeline, type Step } from "../model/pipeline.ts";
import type { Logger } from "../ports/logger.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";
import { closeWriter } from "./close-all.ts";
import type { JobSettings } from "./job-settings.ts";
import { openSink, type OpenSink } from "./open.ts";
import { compareSinks, type EndChange } from "./swap-ends.ts";

export interface SinkSwapOptions {
  readonly sinks: readonly OpenSink[];
  readonly tasks: readonly TaskParts[];
  readonly before: JobSettings;
  readonly after: JobSettings;
}

export class SinkSwap {
  readonly changes: readonly EndChange[];
  readonly #before: JobSettings;
  readonly #after: JobSettings;
  readonly #old: ReadonlyMap<string, OpenSink>;
  readonly #ends: ReadonlyMap<string, SinkEnd>;
  readonly #opened: OpenSink[] = [];
  readonly #closed = new Set<OpenSink>();
  readonly #encoders: (readonly [OpenSink, Encoder<unknown>])[] = [];

  constructor({ sinks, tasks, before, after }: SinkSwapOptions) {
    this.#before = before;
    this.#after = after;
    this.#old = new Map(sinks.map((sink) => [sink.name, sink]));
    const ends = tasks.flatMap((parts) => [...parts.sinks.values()]);
    this.#ends = new Map(ends.map((end) => [end.name, end]));
    this.changes = compareSinks(before.pipeline, after.pipeline).map((change) =>
      change.how === "kept" && !this.#canEncode(change.name)
        ? { ...change, how: "replaced" }
        : change,
    );
  }

  /** The sinks of the new version. @throws when one cannot be opened */
  async open(): Promise<readonly OpenSink[]> {
    for (const { name, how } of this.changes) {
      if (how === "replaced") await this.#close(this.#old.get(name)!);
    }
    const sinks: OpenSink[] = [];
    for (const step of this.#after.pipeline.steps) {
      if (!isSink(step.spec)) continue;
      const old = this.#old.get(step.name);
      const { how } = this.changes.find(({ name }) => name === step.name)!;
      const records = this.#recordsOf(step.name);
      if (how === "kept" && old !== undefined) {
        const kept = { ...old, step: step.id, records };
        const encode = encoderOf(step);
        if (encode !== undefined) this.#encoders.push([kept, encode]);
        sinks.push(kept);
      } else {
        const opened = { ...(await openSink(this.#after, step)), records };
        this.#opened.push(opened);
        sinks.push(opened);
      }
    }
    return sinks;
  }

  /** Writers that are kept encode as the new version does. */
  useEncoders(): void {
    for (const [{ connections }, encode] of this.#encoders) {
      for (const { writer } of connections) writer.useEncoder?.(encode);
    }
  }

  /** Closes what the new version does not use. */
  async closeOld(): Promise<void> {
    for (const { name, how } of this.changes) {
      if (how === "closed") await this.#close(this.#old.get(name)!);
    }
  }

  async closeNew(): Promise<void> {
    const { log } = this.#after.ports;
    for (const { name, connections } of this.#opened.splice(0)) {
      await quietly(name, log, Promise.all(connections.map(closeWriter)));
    }
  }

  /** The sinks of the old version; those that were closed are opened again. */
  async reopen(): Promise<readonly OpenSink[]> {
    const sinks: OpenSink[] = [];
    for (const old of this.#old.values()) {
      if (!this.#closed.has(old)) {
        sinks.push({ ...old, records: this.#recordsOf(old.name) });
        continue;
      }
      const step = this.#before.pipeline.steps[old.step]!;
      sinks.push({ ...(await openSink(this.#before, step)), records: this.#recordsOf(old.name) });
    }
    return sinks;
  }

  /** Whether the old version cannot go on as it is. */
  get hasClosed(): boolean {
    return this.#closed.size > 0;
  }

  #recordsOf(name: string): number {
    return (this.#old.get(name)?.records ?? 0) + (this.#ends.get(name)?.records ?? 0);
  }

  /** Whether the writers of a sink can go on with the encoder of its new version. */
  #canEncode(name: string): boolean {
    const was = stepOf(this.#before.pipeline, name);
    const is = stepOf(this.#after.pipeline, name);
    const encode = is && encoderOf(is);
    if (encode === undefined || encode === (was && encoderOf(was))) return true;
    const connections = this.#old.get(name)?.connections ?? [];
    return connections.every(({ writer }) => writer.useEncoder !== undefined);
  }

  async #close(old: OpenSink): Promise<void> {
    this.#closed.add(old);
    const { log } = this.#before.ports;
    await quietly(old.name, log, Promise.all(old.connections.map(closeWriter)));
    await quietly(old.name, log, Promise.resolve(this.#ends.get(old.name)?.closeTargets?.()));
  }
}

function stepOf(pipeline: Pipeline, name: string): Step | undefined {
  return pipeline.steps.find((step) => step.name === name && isSink(step.spec));
}

function encoderOf({ spec }: Step): Encoder<unknown> | undefined {
  return spec.kind === "sink" ? spec.sink.encode : undefined;
}

async function quietly(sink: string, log: Logger, closing: Promise<unknown>): Promise<void> {
  try {
    await closing;
  } catch (error) {
    log.warn(`sink "${sink}": closing failed`, { error });
  }
}
