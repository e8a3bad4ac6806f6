/** Closes what a version of a job has open; says what did not close, and never throws. */
import { externalError } from "../base/errors.ts";
import type { OpenWriter } from "../operators/operator.ts";
import type { Logger } from "../ports/logger.ts";
import type { TaskParts } from "./build-task.ts";
import type { JobSource } from "./job-sources.ts";
import type { OpenSink } from "./open.ts";

export interface OpenParts {
  readonly sources: { readonly all: readonly JobSource[] };
  readonly sinks: readonly OpenSink[];
  /** Their targets are closed; what else they hold is among the sinks. */
  readonly tasks: readonly TaskParts[];
}

export async function closeAll({ sources, sinks, tasks }: OpenParts, log: Logger): Promise<void> {
  const closing = [
    ...sources.all.map((source) => source.close()),
    ...sinks.flatMap((sink) => sink.connections.map(closeWriter)),
    ...tasks.flatMap((parts) =>
      [...parts.sinks.values()].map(async (sink) => await sink.closeTargets?.()),
    ),
  ];
  for (const { chain } of tasks) for (const { asyncMap } of chain.all()) asyncMap?.dispose();
  for (const result of await Promise.allSettled(closing)) {
    if (result.status === "rejected") closingFailed(log, result.reason);
  }
}

export function closingFailed(log: Logger, error: unknown): void {
  log.warn("closing failed", { error });
}

export async function closeWriter({ writer }: OpenWriter): Promise<void> {
  await writer[Symbol.asyncDispose]();
}

/** Sinks as they were opened. Where all was closed since, they are closed too.
 *  @throws {WallarooError} `part_closed` */
export async function unlessClosed(
  sinks: readonly OpenSink[],
  isClosed: () => boolean,
  log: Logger,
): Promise<readonly OpenSink[]> {
  if (!isClosed()) return sinks;
  await closeAll({ sources: { all: [] }, sinks, tasks: [] }, log);
  throw closedMeanwhile();
}

export function closedMeanwhile(): Error {
  return externalError("part_closed", "it was closed while it opened");
}
