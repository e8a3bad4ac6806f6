/** Builds the instances of a part: each with its channels, and the splits that are its share. */
import type { Source } from "../model/source.ts";
import { Aligner } from "../exchange/aligner.ts";
import type { ExchangeExit } from "../exchange/exit.ts";
import type { TaskParts } from "./build-task.ts";
import { type JobSource, type JobSources, marksOf } from "./job-sources.ts";
import { makeTask, type TaskHost, type TaskVersion } from "./make-task.ts";
import type { PartChannels } from "./part-channels.ts";
import type { PartSettings } from "./part-contract.ts";
import { PartTask } from "./part-task.ts";

export interface PartTasksOptions {
  readonly part: PartSettings;
  readonly version: TaskVersion;
  readonly host: TaskHost;
  readonly channels: PartChannels;
  readonly sources: JobSources;
}

export async function buildPartTasks(options: PartTasksOptions): Promise<readonly PartTask[]> {
  const built: PartTask[] = [];
  for (const { id } of options.part.plan.tasks) {
    if (options.channels.instance(id) < 0) continue;
    built.push(await buildOne(options, id));
  }
  return built;
}

async function buildOne(options: PartTasksOptions, task: number): Promise<PartTask> {
  const { version, host, channels } = options;
  const exits: ExchangeExit[] = [];
  const parts = makeTask(options.part.plan.tasks[task]!, version, host, {
    cuts: channels.cuts(task),
    makeExits: (control) =>
      channels.exits(task, control).map(({ route: { from, output }, exit }) => {
        exits.push(exit);
        return { from, output, exit, flush: () => exit.flush() };
      }),
  });
  const read = await openSources(options, task, parts);
  const inboxes = channels.inboxes(task);
  const aligner = new Aligner(
    inboxes.map(({ inbox }) => inbox),
    read.length > 0,
  );
  const { feeds } = parts.task;
  for (const [i, feed] of feeds.entries()) {
    feeds[i] = { ...feed, isHeld: () => aligner.holdsSources };
  }
  for (const { name, inbox } of inboxes) {
    feeds.push({ input: inbox, run: parts.exchangeRunner(name) });
  }
  return new PartTask({
    taskId: task,
    parts,
    inboxes: inboxes.map(({ inbox }) => inbox),
    exits,
    aligner,
    marks: () => marksOf(read),
  });
}

/** Opens the sources that this instance reads. */
async function openSources(
  { part, channels, sources }: PartTasksOptions,
  task: number,
  parts: TaskParts,
): Promise<readonly JobSource[]> {
  const here = channels.instance(task);
  const read: JobSource[] = [];
  for (const step of part.plan.tasks[task]!.sources) {
    const { spec, name } = part.pipeline.steps[step]!;
    const readers = part.placement.sources.find((one) => one.step === step)?.instances ?? [];
    const place = readers.indexOf(here);
    if (spec.kind !== "source" || place < 0) continue;
    const source = share(spec.source, place, readers.length);
    const opened = await sources.open(name, source);
    sources.all.push(opened);
    opened.attach(step, source, parts);
    read.push(opened);
  }
  return read;
}

/** A source of which this instance reads every `count`-th split. */
function share(source: Source<unknown>, place: number, count: number): Source<unknown> {
  if (source.isPerWorker === true || count === 1) return source;
  return {
    ...source,
    splits: async (ctx) => (await source.splits(ctx)).filter((_, i) => i % count === place),
    open: (split, position, ctx) => source.open(split, position, ctx),
  };
}
