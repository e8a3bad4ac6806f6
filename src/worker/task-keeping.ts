/** Makes what keeps and restores the state of one instance of a task. */
import type { Extra, SegmentTable } from "../checkpoint/segment-form.ts";
import { generationText } from "../control/messages.ts";
import type { GroupRanges, KeptStep } from "../model/checkpoint.ts";
import type { StepSpec } from "../model/pipeline.ts";
import { stateHeaders } from "../model/state-header.ts";
import type { Compressor } from "../ports/compressor.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { TaskParts } from "./build-task.ts";
import type { PartSettings } from "./part-contract.ts";
import { groupsOf, readerOf, snapshotsOf } from "./part-restore.ts";
import type { TaskKeeper } from "./part-task.ts";
import type { WorkerPorts } from "./ports.ts";
import { extrasOf, extraSteps, FOR_ALL, placeOfExtra } from "./task-extras.ts";
import { restoreTask, type RestoredTable } from "./task-restore.ts";
import { type SnapshotPace, TaskSnapshots } from "./task-snapshots.ts";

export interface KeepingPorts {
  readonly crypto: Crypto;
  readonly compressor: Compressor;
  readonly pace?: SnapshotPace | undefined;
}

export interface Keeping {
  readonly keeper: TaskKeeper;
  /** What was under way, to go on with before anything is read. */
  readonly extras: readonly Extra[];
}

interface Table extends RestoredTable {
  readonly header: SegmentTable;
  readonly groups: GroupRanges;
}

export async function keepTask(
  part: PartSettings,
  task: number,
  instance: number,
  parts: TaskParts,
  ports: WorkerPorts & KeepingPorts,
): Promise<Keeping> {
  const { plan, placement, store, generation, restore } = part;
  const { clock, random, log, crypto, compressor, pace } = ports;
  const segments = { blobs: store.blobs, crypto, compressor };
  const here = (step: number): GroupRanges => groupsOf(part, step, instance);
  const tables = tablesOf(part, parts, here);
  const others = extraSteps(parts).map((id): KeptStep => {
    return { name: part.pipeline.steps[id]!.name, groups: here(id) };
  });
  const steps = new Set([
    ...tables.map(({ header }) => header.step),
    ...others.map(({ name }) => name),
  ]);
  const snapshots = snapshotsOf(restore, steps);
  const job = store.prefix;
  const restoring = { ports: segments, clock, snapshots, tables };
  const { chain, extras } = await restoreTask(restoring);
  const keeper = new TaskSnapshots({
    ports: segments,
    clock,
    random,
    log,
    header: { job, generation, keyGroups: plan.keyGroups },
    nameOf: (epoch) =>
      `${store.prefix}/${epoch}-${task}-${instance}-${generationText(generation)}.seg`,
    tables,
    extraSteps: others,
    extras: () => extrasOf(parts, here),
    chain,
    pace,
  });
  const count = placement.tasks[task]!.instances.length;
  // What was under way goes on where its key is now, or its split; without these, where the first
  // key group of the instance is that had it.
  const isMine = (extra: Extra, i: number): boolean => {
    const { step } = extra;
    const { group, split } = placeOfExtra(extra);
    const reader = split === undefined ? undefined : readerOf(part, task, split);
    if (reader !== undefined) return reader === instance;
    const kept = snapshots[i]!.steps.find(({ name }) => name === step)?.groups;
    const first = group ?? kept?.[0]?.[0];
    if (first === undefined) return i % count === instance;
    const own = others.find(({ name }) => name === step)?.groups ?? [];
    return own.some(([from, to]) => from <= first && first < to);
  };
  return {
    keeper,
    extras: extras.flatMap((all, i) =>
      all.filter((extra) => FOR_ALL.has(extra.kind) || isMine(extra, i)),
    ),
  };
}

function tablesOf(
  { pipeline }: PartSettings,
  { chain }: TaskParts,
  groupsHere: (step: number) => GroupRanges,
): readonly Table[] {
  const headers = stateHeaders(pipeline);
  const tables: Table[] = [];
  for (const { step, table, context } of chain.all()) {
    if (table === undefined) continue;
    const header = headers.find((one) => one.step === step.name);
    if (header === undefined) throw new Error(`step ${step.name} has a table and no state`);
    const codecs = codecsOf(step.spec);
    const isReplicated = step.spec.kind === "broadcast";
    const groups = groupsHere(step.id);
    tables.push({ table, header: { ...header, codecs }, context, isReplicated, groups });
  }
  return tables;
}

function codecsOf(spec: StepSpec): readonly boolean[] {
  if (!("state" in spec)) return [];
  const { state } = spec;
  const parts = state.kind === "several" ? (state.parts ?? []).map(([, part]) => part) : [state];
  return parts.map(({ codec }) => codec !== undefined);
}
