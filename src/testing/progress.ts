/** Whether a job has done all that it was fed, and if not, what it waits for (reads only). */
import type { Job } from "../worker/job.ts";
import type { TestFeed } from "./test-feed.ts";

/** What a job under test still has to do. */
export interface Progress {
  /** Nothing is left: what was fed has left by the sinks, or is kept by steps as state. */
  readonly isDone: boolean;
  /** What is left, for a message. */
  readonly left: readonly string[];
}

export function progressOf(job: Job, feeds: ReadonlyMap<string, TestFeed>): Progress {
  const left: string[] = [];
  let isEnding = true;
  for (const { name, splits, isOpenEnded } of job.sources.all) {
    const feed = feeds.get(name);
    const waiting = splits.reduce((total, input) => total + input.pending, 0);
    if (feed !== undefined && !feed.isEnded) isEnding = false;
    if (isOpenEnded) isEnding = false;
    const isConsumed = feed?.isConsumed ?? splits.every((input) => input.isDone);
    if (feed === undefined && !isConsumed) isEnding = false;
    if (waiting > 0 || (feed !== undefined && !isConsumed)) {
      left.push(`source "${name}" was not read to its end`);
    }
  }
  for (const { task, chain, sinks } of job.tasks) {
    for (const { step, asyncMap } of chain.all()) {
      const calls = asyncMap?.pending ?? 0;
      if (calls > 0) left.push(`step "${step.name}" waits for ${calls} calls`);
    }
    for (const sink of sinks.values()) {
      if (sink.pending > 0) left.push(`sink "${sink.name}" has ${sink.pending} records to write`);
    }
    if (!task.isQuiet) left.push("a step has outputs to give");
  }
  const isOver = job.state !== "running" && job.state !== "stopping";
  if (isEnding && !isOver) left.push("the job has not ended");
  return { isDone: left.length === 0, left };
}
