/** Logical to physical (pure): which steps run together, where records may change task. */
import { KEY_GROUPS } from "../model/limits.ts";
import type { Pipeline, Step } from "../model/pipeline.ts";
import type { Exchange, Partitioner, Plan, PlanTask } from "../model/plan.ts";
import { graphHash } from "./graph-hash.ts";
import { isFusable, topologicalOrder, type Use, usesOf } from "./graph.ts";

/**
 * The plan of a valid graph. For one worker every exchange is local, so steps that are connected in
 * any way are one task: a chain without queues. For more the graph is cut at its exchanges.
 */
export function plan(pipeline: Pipeline, workers = 1): Plan {
  const isCut = workers > 1;
  const roots = components(pipeline, isCut);
  const uses = usesOf(pipeline);
  const byRoot = Map.groupBy(topologicalOrder(pipeline), (id) => roots[id]!);
  const tasks = [...byRoot.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, steps], id) => taskOf(id, steps, pipeline, uses));
  return {
    app: pipeline.app,
    graphHash: graphHash(pipeline),
    workers,
    keyGroups: KEY_GROUPS,
    tasks,
    exchanges: pipeline.steps.flatMap((step) => exchangesFrom(step, uses[step.id]!, isCut)),
  };
}

function taskOf(
  id: number,
  steps: readonly number[],
  pipeline: Pipeline,
  uses: readonly (readonly Use[])[],
): PlanTask {
  const ofKind = (kind: string): number[] =>
    steps.filter((step) => pipeline.steps[step]!.spec.kind === kind);
  return {
    id,
    steps,
    sources: ofKind("source"),
    sinks: ofKind("sink"),
    fused: fuse(steps, pipeline, uses),
  };
}

/** For each step the least id of the steps that it is connected with. */
function components({ steps }: Pipeline, isCut: boolean): readonly number[] {
  const parents = steps.map(({ id }) => id);
  const rootOf = (id: number): number => {
    let root = id;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  for (const { id, inputs } of steps) {
    for (const { from } of inputs) {
      if (isCut && partitionerOf(steps[from]!) !== undefined) continue;
      const [a, b] = [rootOf(id), rootOf(from)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parents.map((_, id) => rootOf(id));
}

/** Runs of stateless steps in which each alone takes the one output of the one before. */
function fuse(
  order: readonly number[],
  { steps }: Pipeline,
  uses: readonly (readonly Use[])[],
): readonly (readonly number[])[] {
  const runs: number[][] = [];
  const runOf = new Map<number, number[]>();
  for (const id of order) {
    const step = steps[id]!;
    if (!isFusable(step)) continue;
    const { from: before, output } = step.inputs[0]!;
    const run = output === 0 && uses[before]!.length === 1 ? runOf.get(before) : undefined;
    if (run === undefined) {
      const fresh = [id];
      runs.push(fresh);
      runOf.set(id, fresh);
    } else {
      run.push(id);
      runOf.set(id, run);
    }
  }
  return runs.filter((run) => run.length > 1);
}

function exchangesFrom(step: Step, uses: readonly Use[], isCut: boolean): readonly Exchange[] {
  const partitioner = partitionerOf(step);
  if (partitioner === undefined) return [];
  return uses.map(({ step: to, input, output }) => ({
    from: step.id,
    output,
    to,
    input,
    partitioner,
    isLocal: !isCut,
  }));
}

/** How records that leave a step are dealt to tasks; undefined where they stay in theirs. */
export function partitionerOf({ spec }: Step): Partitioner | undefined {
  switch (spec.kind) {
    case "keyBy":
    case "connectKeyBy":
      return "hash";
    case "collect":
      return "collect";
    case "rebalance":
      return "rebalance";
    default:
      return undefined;
  }
}
