/**
 * Tasks to workers, key groups to tasks, sources and connections of sinks to workers (pure).
 *
 * L1. Each key group of a keyed task has exactly one owner; owners differ by at most one group.
 * L2. A sink has exactly its number of connections, whatever the number of workers.
 * L3. The same input gives the same placement, whatever the order of the workers.
 * L4. With the placement before, only what must move does.
 */
import { externalError, userError, type WallarooError } from "../base/errors.ts";
import { fnv1a, mixed } from "../base/hash.ts";
import type { Pipeline, SourcePlace } from "../model/pipeline.ts";
import type {
  PlacedSink,
  PlacedSource,
  PlacedTask,
  PlacedWorker,
  Placement,
} from "../model/placement.ts";
import type { Exchange, Plan, PlanTask } from "../model/plan.ts";
import type { Source } from "../model/source.ts";

/** What of a graph decides where things run, as plain data: kept with a job. */
export interface PlaceWishes {
  readonly sources: readonly {
    readonly step: number;
    readonly name: string;
    readonly on: SourcePlace;
    /** What was promised to be kept is on the disks of those who read it. */
    readonly isBound?: boolean;
  }[];
  readonly sinks: readonly {
    readonly step: number;
    readonly name: string;
    /** Undefined: one for each instance of its task. */
    readonly connections: number | undefined;
  }[];
}

export function placeWishes({ steps }: Pipeline): PlaceWishes {
  return {
    sources: steps.flatMap(({ id, name, spec }) =>
      spec.kind === "source"
        ? [{ step: id, name, on: spec.on ?? "one", ...boundOf(spec.source) }]
        : [],
    ),
    sinks: steps.flatMap(({ id, name, spec }) => {
      if (spec.kind === "sink") {
        const connections = spec.isPerTask === false ? spec.connections : undefined;
        return [{ step: id, name, connections }];
      }
      // Targets are opened as records name them: in one place, or two would write one file.
      return spec.kind === "sinkEach" ? [{ step: id, name, connections: 1 }] : [];
    }),
  };
}

export interface PlaceRequest {
  readonly plan: Plan;
  readonly wishes: PlaceWishes;
  /** One or more, of different names. */
  readonly workers: readonly PlacedWorker[];
  /** Of the same app, when there was one: what can stay does. */
  readonly previous?: Placement | undefined;
  /** Sources whose input is on the disks of workers: these read it, whoever else does. */
  readonly bound?: Bound;
}

/** By the name of a source, the names of workers. */
export type Bound = ReadonlyMap<string, readonly string[]>;

/** @throws {WallarooError} `no_place` when a source names only workers that are not there,
 *  `worker_missing` when its input is on the disk of one that is not */
export function place({ plan, wishes, workers, previous, bound }: PlaceRequest): Placement {
  const sorted = workers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = sorted.map(({ name }) => name);
  const readers = new Map(
    wishes.sources.map((source) => {
      const own = bound?.get(source.name) ?? [];
      return [source.step, readersOf(source, names, own)] as const;
    }),
  );
  const kept = previous?.tasks.length === plan.tasks.length ? previous : undefined;
  const tasks = plan.tasks.map((task): PlacedTask => {
    const instances = instancesOf(task, plan, readers, names, wishes);
    const owners = kept === undefined ? [] : ownersIn(kept, task.id);
    const here = instances.map((worker) => names[worker]!);
    return { instances, groups: dealGroups(plan.keyGroups, here, owners) };
  });
  const instancesWith = (step: number): readonly number[] =>
    tasks[plan.tasks.find(({ steps }) => steps.includes(step))!.id]!.instances;
  return {
    workers: sorted,
    tasks,
    sources: wishes.sources.map(({ step }): PlacedSource => {
      const instances = instancesWith(step);
      return { step, instances: readers.get(step)!.map((worker) => instances.indexOf(worker)) };
    }),
    sinks: wishes.sinks.map(({ step, name, connections }): PlacedSink => {
      const here = instancesWith(step).map((worker) => names[worker]!);
      return { step, connections: dealConnections(name, connections ?? here.length, here) };
    }),
  };
}

/** Workers, as indexes in order, that read a source. */
function readersOf(
  { name, on }: PlaceWishes["sources"][number],
  workers: readonly string[],
  bound: readonly string[],
): readonly number[] {
  const missing = bound.filter((worker) => !workers.includes(worker));
  if (missing.length > 0) throw workerMissing(name, missing);
  if (on === "every worker") return workers.map((_, i) => i);
  const own = bound.map((worker) => workers.indexOf(worker));
  if (on === "one" || typeof on === "number") {
    const count = on === "one" ? 1 : Math.min(on, workers.length);
    const others = ranked(`source ${name}`, workers).filter((i) => !own.includes(i));
    return [...own, ...others.slice(0, Math.max(0, count - own.length))].sort(ascending);
  }
  const found = workers.flatMap((worker, i) => (on.includes(worker) || own.includes(i) ? [i] : []));
  if (found.length > 0) return found;
  const there = workers.join(", ");
  throw userError(
    "no_place",
    `source "${name}" is to run on ${on.join(" or ")}, and there are only ${there}: start a ` +
      `worker with --name ${on[0]}`,
  );
}

function boundOf({ isBoundToWorker }: Source<unknown>): { readonly isBound?: boolean } {
  return isBoundToWorker === true ? { isBound: true } : {};
}

function workerMissing(source: string, missing: readonly string[]): WallarooError {
  return externalError(
    "worker_missing",
    `waiting for ${missing.join(", ")}: input of source "${source}" that was promised to be kept ` +
      "is on its disk; start it again with its folder",
  );
}

function instancesOf(
  task: PlanTask,
  plan: Plan,
  readers: ReadonlyMap<number, readonly number[]>,
  names: readonly string[],
  wishes: PlaceWishes,
): readonly number[] {
  const inputs = plan.exchanges.filter((exchange) => isInto(exchange, task));
  if (inputs.length > 0 && inputs.every(({ partitioner }) => partitioner === "sink")) {
    const sink = wishes.sinks.find(({ step }) => task.steps.includes(step))!;
    const count = Math.min(sink.connections ?? names.length, names.length);
    return ranked(`sink ${sink.name}`, names).slice(0, count).sort(ascending);
  }
  if (inputs.some(({ partitioner }) => partitioner !== "collect")) return names.map((_, i) => i);
  const own = new Set(task.sources.flatMap((step) => readers.get(step)!));
  // What is collected comes together at the first instance; where it also has a source, there.
  if (inputs.length > 0 && own.size === 0) own.add(ranked(`task ${task.id}`, names)[0]!);
  return [...own].sort(ascending);
}

function isInto({ isLocal, to }: Exchange, { steps }: PlanTask): boolean {
  return !isLocal && steps.includes(to);
}

/** The name of the worker of each key group, as it was. */
function ownersIn({ workers, tasks }: Placement, id: number): readonly string[] {
  const { instances, groups } = tasks[id]!;
  return groups.map((instance) => workers[instances[instance]!]!.name);
}

/** L1, L4: who owned groups keeps as many as are its share; the rest goes to who has too few. */
function dealGroups(
  count: number,
  names: readonly string[],
  owners: readonly string[],
): readonly number[] {
  const share = Math.floor(count / names.length);
  const larger = count - share * names.length;
  const before = names.map((name) => owners.filter((owner) => owner === name).length);
  // The few that get one more are those that had most.
  const order = names.map((_, i) => i).sort((a, b) => before[b]! - before[a]! || a - b);
  const room = names.map(() => share);
  for (const instance of order.slice(0, larger)) room[instance]!++;
  const groups: number[] = new Array<number>(count).fill(-1);
  for (let group = 0; group < count; group++) {
    const owner = names.indexOf(owners[group] ?? "");
    if (owner === -1 || room[owner] === 0) continue;
    groups[group] = owner;
    room[owner]!--;
  }
  let next = 0;
  for (let group = 0; group < count; group++) {
    if (groups[group] !== -1) continue;
    while (room[next] === 0) next++;
    groups[group] = next;
    room[next]!--;
  }
  return groups;
}

/** L2: each connection ranks the instances, of which none has more than one more than another. */
function dealConnections(sink: string, count: number, names: readonly string[]): readonly number[] {
  const taken = names.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const least = Math.min(...taken);
    const best = ranked(`sink ${sink} ${index}`, names).find((i) => taken[i] === least)!;
    taken[best]!++;
    return best;
  });
}

const encoder = new TextEncoder();

/** Indexes of workers, the best first: the order of the others stays when one comes or goes. */
function ranked(what: string, names: readonly string[]): number[] {
  const scores = names.map((name) => mixed(fnv1a(encoder.encode(`${what}\n${name}`))));
  return names.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

function ascending(a: number, b: number): number {
  return a - b;
}
