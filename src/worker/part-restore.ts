/**
 * What of a checkpoint an instance begins from (pure): key groups by the table of the placement,
 * places of splits by their names, what was under way by who has the key groups now.
 */
import { fnv1a } from "../base/hash.ts";
import type { GroupRanges, Restore, TaskSnapshot } from "../model/checkpoint.ts";
import type { Position } from "../model/context.ts";
import type { Pipeline, Step } from "../model/pipeline.ts";
import type { PartSettings } from "./part-contract.ts";

const encoder = new TextEncoder();

/**
 * The key groups of a step that an instance owns: those that the table of the placement gives it
 * where records come by their key. What is collected, or not keyed, is with the first instance, and
 * so is everything in a graph that is not cut.
 */
export function groupsOf(
  { pipeline, plan, placement }: Pick<PartSettings, "pipeline" | "plan" | "placement">,
  step: number,
  instance: number,
): GroupRanges {
  const task = plan.tasks.findIndex(({ steps }) => steps.includes(step));
  const { instances, groups } = placement.tasks[task]!;
  if (instances.length === 1) return [[0, plan.keyGroups]];
  if (!isKeyed(pipeline, step)) return instance === 0 ? [[0, plan.keyGroups]] : [];
  const pairs: [number, number][] = [];
  for (const [group, owner] of groups.entries()) {
    if (owner !== instance) continue;
    const last = pairs.at(-1);
    if (last?.[1] === group) last[1] = group + 1;
    else pairs.push([group, group + 1]);
  }
  return pairs;
}

/** Whether the state of a step is found by the key of its records, and not in one place. */
function isKeyed({ steps }: Pipeline, id: number): boolean {
  for (let at: number | undefined = id; at !== undefined;) {
    const step: Step = steps[at]!;
    const { kind } = step.spec;
    if (kind === "keyBy" || kind === "connectKeyBy") return true;
    if (kind === "collect") return false;
    at = step.inputs[0]?.from;
  }
  return false;
}

/** Snapshots with something of these steps. */
export function snapshotsOf(
  restore: Restore | undefined,
  steps: ReadonlySet<string>,
): readonly TaskSnapshot[] {
  return restore?.tasks.filter((task) => task.steps.some(({ name }) => steps.has(name))) ?? [];
}

/**
 * Which of `count` readers reads a split. It depends on the split's name alone, so that what
 * appears later moves no other one: by the last number in it, which deals numbered ones evenly,
 * else by hash.
 */
export function dealSplit(split: string, count: number): number {
  const number = /(\d{1,15})\D*$/.exec(split)?.[1];
  return (number === undefined ? fnv1a(encoder.encode(split)) : Number(number)) % count;
}

/** The instance of a task that reads a split of a source; undefined where names do not tell. */
export function readerOf(
  { pipeline, plan, placement }: Pick<PartSettings, "pipeline" | "plan" | "placement">,
  task: number,
  [source, split]: readonly [source: string, split: string],
): number | undefined {
  const step = plan.tasks[task]!.sources.find((id) => pipeline.steps[id]!.name === source);
  if (step === undefined) return undefined;
  const { spec } = pipeline.steps[step]!;
  if (spec.kind !== "source" || spec.source.isPerWorker === true) return undefined;
  const readers = placement.sources.find((one) => one.step === step)?.instances ?? [];
  return readers[dealSplit(split, readers.length)];
}

/** Where the splits of a source are read on; undefined without a checkpoint. */
export function positionsOf(
  restore: Restore | undefined,
  source: string,
): ReadonlyMap<string, Position | undefined> | undefined {
  if (restore === undefined) return undefined;
  const own = restore.positions.filter((one) => one.source === source);
  return new Map(own.map(({ split, position }) => [split, position]));
}

/**
 * Of a source whose readers tell parts of one position: what all of them had read. Undefined
 * without a checkpoint, or when it has nothing of the source.
 */
export function joinedPosition(
  restore: Restore | undefined,
  source: string,
  join: (positions: readonly Position[]) => Position,
): Position | undefined {
  const own = restore?.positions.filter((one) => one.source === source) ?? [];
  const parts = own.flatMap(({ position }) => (position === undefined ? [] : [position]));
  return parts.length === 0 ? undefined : join(parts);
}

/** Splits of a checkpoint that were not read to their end and that are not there any more. */
export function lostSplits(
  restore: Restore | undefined,
  source: string,
  splits: readonly string[],
): readonly string[] {
  const there = new Set(splits);
  const own = restore?.positions.filter((one) => one.source === source) ?? [];
  return own
    .filter(({ split, isDone, position }) => !isDone && position !== undefined && !there.has(split))
    .map(({ split }) => split);
}
