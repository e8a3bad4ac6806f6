/** Opens what a job reads and writes; says which step it was when that fails. */
import { messageOf, WallarooError } from "../base/errors.ts";
import type { Committer, SinkContext, SinkWriter } from "../model/sink.ts";
import type { Source, SourceContext, SplitReader } from "../model/source.ts";
import type { JobSettings } from "./job-settings.ts";

export interface OpenSink {
  readonly step: number;
  readonly name: string;
  readonly writer: SinkWriter<unknown>;
  readonly committer: Committer | undefined;
}

/** Opens all sinks; when one fails the others are closed again. */
export async function openSinks(settings: JobSettings): Promise<readonly OpenSink[]> {
  const open: OpenSink[] = [];
  try {
    for (const step of settings.pipeline.steps) {
      if (step.spec.kind !== "sink") continue;
      const { sink } = step.spec;
      const ctx = sinkContext(settings, step.name);
      const writer = await naming(`sink "${step.name}"`, () => sink.open(ctx));
      open.push({ step: step.id, name: step.name, writer, committer: undefined });
      const committer = await naming(
        `sink "${step.name}"`,
        async () => await sink.committer?.(ctx),
      );
      open[open.length - 1] = { step: step.id, name: step.name, writer, committer };
    }
  } catch (error) {
    await Promise.allSettled(open.map((sink) => sink.writer[Symbol.asyncDispose]()));
    throw error;
  }
  return open;
}

export function openSplit(
  source: Source<unknown>,
  name: string,
  split: string,
  ctx: SourceContext,
): Promise<SplitReader<unknown>> {
  return naming(`source "${name}"`, () => source.open(split, undefined, ctx));
}

export function sourceContext(settings: JobSettings, source: string): SourceContext {
  const { job, worker, ports } = settings;
  return { job, source, worker, ...ports, log: ports.log.child({ job, step: source }) };
}

function sinkContext(settings: JobSettings, sink: string): SinkContext {
  const { job, worker, ports } = settings;
  const generation = settings.generation ?? 1;
  const log = ports.log.child({ job, step: sink });
  return { job, sink, index: 0, generation, worker, ...ports, log };
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
