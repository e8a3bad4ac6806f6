/** Questions about a graph of steps that validating, planning and explaining share (pure). */
import {
  mainOutputs,
  outputCount as outputsOf,
  type Pipeline,
  type Step,
  type StepKind,
  type StepOptions,
} from "../model/pipeline.ts";

/** How a message calls a step: its name in quotes, or its kind and place. */
export function stepText(step: Step): string {
  return step.name === "" ? `${step.spec.kind} (${step.at})` : JSON.stringify(step.name);
}

/** The same with its kind before it: `map "split"`. */
export function kindText(step: Step): string {
  return step.name === "" ? step.spec.kind : `${step.spec.kind} ${JSON.stringify(step.name)}`;
}

/** How a path of steps calls a step: its bare name where it has one. */
export function shortText(step: Step): string {
  return step.name === "" ? step.spec.kind : step.name;
}

/** The number of inputs that a kind takes; undefined: two or more. */
export function inputCount({ spec }: Step): number | undefined {
  switch (spec.kind) {
    case "source":
      return 0;
    case "merge":
      return undefined;
    case "connectKeyBy":
      return spec.keys.length;
    case "connect":
      return spec.inputs.length;
    case "broadcast":
      return 2;
    default:
      return 1;
  }
}

export function outputCount({ spec }: Step): number {
  return outputsOf(spec);
}

/** The outputs of a step that must lead somewhere when it declares them, with their names. */
export function declaredOutputs({ spec }: Step): readonly { output: number; name: string }[] {
  const { sides = [], onError } = spec as StepOptions;
  const first = mainOutputs(spec);
  const named = sides.map((side, i) => ({ output: first + i, name: `side output "${side}"` }));
  if (onError?.then !== "divert") return named;
  return [...named, { output: first + sides.length, name: "stream of diverted records" }];
}

const KEYED: ReadonlySet<StepKind> = new Set(["keyBy", "connectKeyBy", "collect"]);
const STATEFUL: ReadonlySet<StepKind> = new Set([
  "mapWithState",
  "flatMapWithState",
  "connect",
  "aggregate",
]);
const FUSABLE: ReadonlySet<StepKind> = new Set(["map", "flatMap", "filter", "inspect"]);

/** Whether its records leave with a key. */
export function isKeyed(step: Step): boolean {
  return KEYED.has(step.spec.kind);
}

export function isStateful(step: Step): boolean {
  return STATEFUL.has(step.spec.kind);
}

/** Whether it may become part of one compiled function: one record in, no key, no state. */
export function isFusable(step: Step): boolean {
  return FUSABLE.has(step.spec.kind);
}

/** One use of an output: the step and which of its inputs. */
export interface Use {
  readonly step: number;
  readonly input: number;
  readonly output: number;
}

/** For each step, who takes its outputs, in the order of the steps. */
export function usesOf({ steps }: Pipeline): readonly (readonly Use[])[] {
  const uses: Use[][] = steps.map(() => []);
  for (const step of steps) {
    for (const [input, { from, output }] of step.inputs.entries()) {
      uses[from]?.push({ step: step.id, input, output });
    }
  }
  return uses;
}

/**
 * The steps so that each comes after all it takes from, always the same for the same graph.
 * Steps on a cycle, or behind one, are left out.
 */
export function topologicalOrder(pipeline: Pipeline): readonly number[] {
  const uses = usesOf(pipeline);
  const missing = pipeline.steps.map(
    ({ inputs }) => inputs.filter(({ from }) => pipeline.steps[from] !== undefined).length,
  );
  const order = pipeline.steps.filter(({ id }) => missing[id] === 0).map(({ id }) => id);
  for (let at = 0; at < order.length; at++) {
    for (const { step } of uses[order[at]!]!) {
      missing[step]!--;
      if (missing[step] === 0) order.push(step);
    }
  }
  return order;
}

/**
 * Cycles that share no step, each as the ids along it: at least one when there is any, though not
 * all of several that hang together.
 */
export function findCycles(pipeline: Pipeline, max: number): readonly (readonly number[])[] {
  const ordered = new Set(topologicalOrder(pipeline));
  // Walking backwards from a step that never became ready ends in a cycle: each such step takes
  // from another one.
  const waiting = new Set(pipeline.steps.map(({ id }) => id).filter((id) => !ordered.has(id)));
  const cycles: number[][] = [];
  for (const { id: start } of pipeline.steps) {
    if (cycles.length === max) break;
    const path: number[] = [];
    const places = new Map<number, number>();
    let at: number | undefined = waiting.has(start) ? start : undefined;
    while (at !== undefined && !places.has(at)) {
      places.set(at, path.length);
      path.push(at);
      at = pipeline.steps[at]!.inputs.find(({ from }) => waiting.has(from))?.from;
    }
    const cycle = at === undefined ? [] : path.slice(places.get(at)).toReversed();
    if (cycle.length > 0) cycles.push(startAtLeast(cycle));
    // None of the path is looked at again: each of its steps hangs on a cycle that was told.
    for (const id of path) waiting.delete(id);
  }
  return cycles;
}

/** The same cycle, told from its first step on. */
function startAtLeast(cycle: readonly number[]): number[] {
  const first = cycle.indexOf(Math.min(...cycle));
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
