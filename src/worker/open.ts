/** Opens what a job reads and writes; says which step it was when that fails. */
import { messageOf, userError, WallarooError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import type { Position } from "../model/context.ts";
import { isSink, type Step } from "../model/pipeline.ts";
import type { Committer, Sink, SinkContext } from "../model/sink.ts";
import type { Source, SourceContext, SplitReader } from "../model/source.ts";
import type { OpenTarget, OpenWriter } from "../operators/operator.ts";
import type { JobSettings } from "./job-settings.ts";
import { abortOlder } from "./abort-older.ts";

/** A sink step. One that opens its targets later has no connections yet. */
export interface OpenSink {
  readonly step: number;
  readonly name: string;
  readonly connections: readonly OpenWriter[];
  /** Records that it was given in earlier versions of the app. */
  readonly records?: number;
}

/** Opens the connections of all sinks, or those given; when one fails the others are closed. */
export async function openSinks(
  settings: JobSettings,
  indexesOf?: (step: number) => readonly number[],
): Promise<readonly OpenSink[]> {
  const sinks: OpenSink[] = [];
  try {
    for (const step of settings.pipeline.steps) {
      if (!isSink(step.spec)) continue;
      sinks.push(await openSink(settings, step, indexesOf?.(step.id)));
    }
  } catch (error) {
    await closeWriters(sinks.flatMap(({ connections }) => connections));
    throw error;
  }
  return sinks;
}

/** Opens all connections of one sink, or those given; when one fails the others are closed. */
export async function openSink(
  settings: JobSettings,
  { id, name, spec }: Step,
  indexes?: readonly number[],
): Promise<OpenSink> {
  const connections: OpenWriter[] = [];
  if (spec.kind !== "sink") return { step: id, name, connections };
  const { sink } = spec;
  try {
    for (const index of indexes ?? Array.from({ length: spec.connections }, (_, i) => i)) {
      const ctx = sinkContext(settings, name, index);
      connections.push(await naming(`sink "${name}"`, () => openWriter(sink, ctx)));
    }
  } catch (error) {
    await closeWriters(connections);
    throw error;
  }
  return { step: id, name, connections };
}

async function closeWriters(connections: readonly OpenWriter[]): Promise<void> {
  await Promise.allSettled(connections.map(({ writer }) => writer[Symbol.asyncDispose]()));
}

/** Makes the sink of one target of a `sinkEach` and opens it. */
export function openTarget(settings: JobSettings, step: Step, target: string): Promise<OpenTarget> {
  const full = `${step.name}/${target}`;
  return naming(`sink "${full}"`, async () => {
    const sink = sinkOf(step, target);
    const ctx = sinkContext(settings, full, 0);
    const opened = { ...(await openWriter(sink, ctx)), delivery: sink.delivery };
    // What an older generation left undecided of it: what it had to commit is committed.
    await abortOlder(opened.committer, settings, undefined);
    return opened;
  });
}

/** What decides the transactions of a connection, or of a target, without a writer. */
export function openCommitter(
  settings: JobSettings,
  step: Step,
  target: string | undefined,
  index: number,
): Promise<Committer | undefined> {
  const full = target === undefined ? step.name : `${step.name}/${target}`;
  return naming(`sink "${full}"`, async () => {
    const sink = sinkOf(step, target ?? "");
    return await sink.committer?.(sinkContext(settings, full, index));
  });
}

/** @throws {WallarooError} `bad_sink` when the app's function for targets gives none */
function sinkOf({ spec }: Step, target: string): Sink<unknown> {
  if (spec.kind === "sink") return spec.sink;
  const sink = spec.kind === "sinkEach" ? spec.make(target) : undefined;
  if (typeof sink?.open === "function") return sink;
  const given = plainText(sink, 100);
  throw userError("bad_sink", `the function that makes a sink gave ${given}: give a sink`);
}

async function openWriter(sink: Sink<unknown>, ctx: SinkContext): Promise<OpenWriter> {
  const writer = await sink.open(ctx);
  try {
    return { writer, committer: await sink.committer?.(ctx) };
  } catch (error) {
    await writer[Symbol.asyncDispose]();
    throw error;
  }
}

export function openSplit(
  source: Source<unknown>,
  name: string,
  split: string,
  ctx: SourceContext,
  from?: Position,
): Promise<SplitReader<unknown>> {
  return naming(`source "${name}"`, () => source.open(split, from, ctx));
}

export function sourceContext(settings: JobSettings, source: string): SourceContext {
  const { job, worker, ports, logs } = settings;
  return { job, source, worker, ...ports, logs, log: ports.log.child({ job, step: source }) };
}

function sinkContext(settings: JobSettings, sink: string, index: number): SinkContext {
  const { job, worker, ports } = settings;
  const generation = settings.generation ?? 1;
  const log = ports.log.child({ job, step: sink });
  const { staging } = settings;
  return { job, sink, index, generation, worker, ...ports, log, staging };
}

async function naming<R>(what: string, fn: () => Promise<R>): Promise<R> {
  try {
    return await fn();
  } catch (error) {
    const known = error instanceof WallarooError ? error : undefined;
    throw new WallarooError(known?.code ?? "cannot_open", `${what}: ${messageOf(error)}`, {
      domain: known?.domain ?? "external",
      retryable: known?.retryable ?? false,
      cause: error,
    });
  }
}
