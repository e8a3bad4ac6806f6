/** Logical to physical (pure): which steps run together, where records may change task. */
import { carriedName } from "../model/channel-ids.ts";
import { KEY_GROUPS } from "../model/limits.ts";
import { isSink, type Pipeline, type Step } from "../model/pipeline.ts";
import type { Exchange, Partitioner, Plan, PlanTask, Route } from "../model/plan.ts";
import { graphHash } from "./graph-hash.ts";
import { isFusable, topologicalOrder, type Use, usesOf } from "./graph.ts";

/**
 * The plan of a valid graph. For one worker every exchange is local, so steps that are connected in
 * any way are one task: a chain without queues. For more the graph is cut at its exchanges.
 */
export function plan(pipeline: Pipeline, workers = 1): Plan {
  const cut = workers > 1 ? cutter(pipeline) : undefined;
  const roots = components(pipeline, cut);
  const uses = usesOf(pipeline);
  const byRoot = Map.groupBy(topologicalOrder(pipeline), (id) => roots[id]!);
  const tasks = [...byRoot.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, steps], id) => taskOf(id, steps, pipeline, uses));
  const exchanges = pipeline.steps.flatMap((step) =>
    exchangesFrom(step, uses[step.id]!, pipeline, cut),
  );
  return {
    app: pipeline.app,
    graphHash: graphHash(pipeline),
    workers,
    keyGroups: KEY_GROUPS,
    tasks,
    exchanges,
    routes: routesOf(exchanges, tasks),
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
    sinks: steps.filter((step) => isSink(pipeline.steps[step]!.spec)),
    fused: fuse(steps, pipeline, uses),
  };
}

/** How records reach an input from a step; undefined where both are in one task. */
type Cut = (from: Step, to: Step, input: number) => Partitioner | undefined;

/**
 * Cuts a graph at its exchanges, and where else two streams meet of which one went through more of
 * them: else a task could come to wait for itself. Steps of one task have gone through equally
 * many.
 */
function cutter(pipeline: Pipeline): Cut {
  const { steps } = pipeline;
  const levels = steps.map(() => 0);
  for (const id of topologicalOrder(pipeline)) {
    for (const [input, { from }] of steps[id]!.inputs.entries()) {
      const isExchange = partitionerOfInput(steps[from]!, steps[id]!, input) !== undefined;
      levels[id] = Math.max(levels[id]!, levels[from]! + (isExchange ? 1 : 0));
    }
  }
  return (from, to, input) => {
    const partitioner = partitionerOfInput(from, to, input);
    if (partitioner !== undefined || levels[from.id] === levels[to.id]) return partitioner;
    return "forward";
  };
}

/** For each step the least id of the steps that it is connected with. */
function components({ steps }: Pipeline, cut: Cut | undefined): readonly number[] {
  const parents = steps.map(({ id }) => id);
  const rootOf = (id: number): number => {
    let root = id;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  for (const step of steps) {
    const { id, inputs } = step;
    for (const [input, { from }] of inputs.entries()) {
      if (cut?.(steps[from]!, step, input) !== undefined) continue;
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

function exchangesFrom(
  step: Step,
  uses: readonly Use[],
  pipeline: Pipeline,
  cut: Cut | undefined,
): readonly Exchange[] {
  return uses.flatMap(({ step: to, input, output }) => {
    const partitioner = (cut ?? partitionerOfInput)(step, pipeline.steps[to]!, input);
    if (partitioner === undefined) return [];
    const isLocal = cut === undefined;
    return [{ from: step.id, output, to, input, partitioner, isLocal }];
  });
}

/** One route for each output, task that takes it and way in which it is dealt there, however many
 *  of its steps take it so. */
function routesOf(exchanges: readonly Exchange[], tasks: readonly PlanTask[]): readonly Route[] {
  const taskOf = (step: number): number => tasks.find((task) => task.steps.includes(step))!.id;
  const routes: Route[] = [];
  for (const exchange of exchanges) {
    const { from, output, to, partitioner, isLocal } = exchange;
    if (isLocal) continue;
    const [toTask, carried] = [taskOf(to), carriedName(exchange)];
    const known = routes.some((route) => route.toTask === toTask && carriedName(route) === carried);
    if (known) continue;
    const fromTask = taskOf(from);
    routes.push({ id: routes.length, from, output, fromTask, toTask, partitioner });
  }
  return routes;
}

/** How records reach an input of a step from another; undefined where they stay in their task. */
function partitionerOfInput(from: Step, to: Step, input: number): Partitioner | undefined {
  if (to.spec.kind === "broadcast" && input === 1) return "broadcast";
  if (to.spec.kind === "sinkEach") return "sink";
  if (to.spec.kind === "sink" && to.spec.sink.homeOf !== undefined) return "home";
  if (to.spec.kind === "sink" && to.spec.isPerTask === false) return "sink";
  return partitionerOf(from);
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
