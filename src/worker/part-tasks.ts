/** Builds the instances of a part: each with its channels, and the splits that are its share. */
import { must } from "../base/assert.ts";
import { externalError, WallarooError } from "../base/errors.ts";
import type { Source } from "../model/source.ts";
import { Aligner } from "../exchange/aligner.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";
import { committablesOf, type PreparedSink } from "./committables.ts";
import { type JobSource, type JobSources, splitMarksOf } from "./job-sources.ts";
import { makeTask, type TaskHost, type TaskVersion } from "./make-task.ts";
import type { PartChannels, RoutedExit } from "./part-channels.ts";
import type { PartSettings } from "./part-contract.ts";
import { sourceContext } from "./open.ts";
import { countsOf } from "./part-flows.ts";
import { dealSplit, joinedPosition, lostSplits, positionsOf } from "./part-restore.ts";
import { PartTask } from "./part-task.ts";
import type { WorkerPorts } from "./ports.ts";
import { restoreExtras } from "./task-extras.ts";
import { keepTask, type KeepingPorts } from "./task-keeping.ts";

export interface PartTasksOptions {
  readonly part: PartSettings;
  readonly version: TaskVersion;
  readonly host: TaskHost;
  readonly channels: PartChannels;
  readonly sources: JobSources;
  readonly ports: WorkerPorts & KeepingPorts;
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
  const exits: RoutedExit[] = [];
  const parts = makeTask(options.part.plan.tasks[task]!, version, host, {
    cuts: channels.cuts(task),
    makeExits: (control) =>
      channels.exits(task, control).map((one) => {
        exits.push(one);
        const { exit, route } = one;
        const { from, output } = route;
        const onFail = (fail: RoutedExit["exit"]["fail"]): void => {
          // A key is made by the step that records come from; a connection is chosen by the sink.
          if (route.partitioner === "hash") exit.fail = fail;
        };
        return { from, output, exit, onFail, flush: () => exit.flush() };
      }),
  });
  const { part, ports } = options;
  const keeping = await keepTask(part, task, channels.instance(task), parts, ports);
  restoreExtras(parts, keeping.extras);
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
    keeper: keeping.keeper,
    committables: (sink, pending) => committablesOf(preparedSink(options, sink), pending),
    parts,
    inboxes: inboxes.map(({ inbox }) => inbox),
    exits: exits.map(({ exit }) => exit),
    counts: () => countsOf(exits, inboxes, part.metrics ? parts : undefined),
    aligner,
    marks: () => splitMarksOf(read),
  });
}

/** Opens the sources that this instance reads. */
async function openSources(
  options: PartTasksOptions,
  task: number,
  parts: TaskParts,
): Promise<readonly JobSource[]> {
  const { part, channels, sources } = options;
  const here = channels.instance(task);
  const read: JobSource[] = [];
  for (const step of part.plan.tasks[task]!.sources) {
    const { spec, name } = part.pipeline.steps[step]!;
    const readers = part.placement.sources.find((one) => one.step === step)?.instances ?? [];
    const place = readers.indexOf(here);
    if (spec.kind !== "source" || place < 0) continue;
    const source = share(spec.source, { part, name, place, count: readers.length });
    const workers = readers.map((instance) => workerOf(part, task, instance));
    if (place === 0) await checkSplits(options, name, spec.source, workers);
    const opened = await sources.open(name, source, positionsOf(part.restore, name));
    sources.all.push(opened);
    opened.attach(step, source, parts);
    read.push(opened);
  }
  return read;
}

function preparedSink({ part, channels }: PartTasksOptions, { name }: SinkEnd): PreparedSink {
  const step = must(
    part.pipeline.steps.find((one) => one.name === name),
    "sink",
  );
  const isEach = step.spec.kind === "sinkEach";
  return {
    sink: name,
    kind: isEach ? "each" : "connections",
    connections: isEach ? [] : channels.connections(step.id),
  };
}

interface Share {
  readonly part: PartSettings;
  readonly name: string;
  /** Of this reader, among `count`. */
  readonly place: number;
  readonly count: number;
}

/** A source of which this instance reads the splits that are its share. */
function share(source: Source<unknown>, { part, name, place, count }: Share): Source<unknown> {
  const { joinPositions } = source;
  if (joinPositions !== undefined) {
    const from = joinedPosition(part.restore, name, joinPositions);
    const more = count === 1 ? {} : { claims: must(part.claims, "claims").of(name, place === 0) };
    return { ...source, open: (split, _, ctx) => source.open(split, from, { ...ctx, ...more }) };
  }
  if (source.isPerWorker === true || count === 1) return source;
  return {
    ...source,
    splits: async (ctx) =>
      (await source.splits(ctx)).filter((split) => dealSplit(split, count) === place),
    open: (split, position, ctx) => source.open(split, position, ctx),
  };
}

function workerOf({ placement }: PartSettings, task: number, instance: number): string {
  return placement.workers[placement.tasks[task]!.instances[instance]!]!.name;
}

/** `workers`: all that read it.
 *  @throws {WallarooError} `split_lost`, `worker_missing`: nothing begins without what was not read
 *  yet */
async function checkSplits(
  { part, version }: PartTasksOptions,
  name: string,
  source: Source<unknown>,
  workers: readonly string[],
): Promise<void> {
  const isBound = source.isBoundToWorker === true;
  if (part.restore === undefined || (source.isPerWorker === true && !isBound)) return;
  const ctx = sourceContext(version.settings, name);
  const splits = isBound
    ? (await Promise.all(workers.map((worker) => source.splits({ ...ctx, worker })))).flat()
    : await source.splits(ctx);
  const lost = lostSplits(part.restore, name, splits);
  if (lost.length === 0) return;
  if (isBound) throw workerMissing(name, lost, workers);
  const more = lost.length > 3 ? ` and ${lost.length - 3} more` : "";
  throw new WallarooError(
    "split_lost",
    `source "${name}" was not read to the end at checkpoint ${part.restore.epoch}, and ` +
      `${lost.slice(0, 3).join(", ")}${more} is not there any more: put it back, or begin a ` +
      "new job",
    { domain: "external" },
  );
}

function workerMissing(
  source: string,
  lost: readonly string[],
  workers: readonly string[],
): WallarooError {
  return externalError(
    "worker_missing",
    `input of source "${source}" that was promised to be kept is on the disk of another worker ` +
      `(${lost.slice(0, 3).join(", ")}), and is read by ${workers.join(", ")}: start that worker ` +
      "again with its folder, and name it with on where others may read the source too",
  );
}
