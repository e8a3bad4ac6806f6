/** What of a graph says whose records must add up, as plain data: kept with a job (pure). */
import { mainOutputs, outputCount, type Pipeline, type StepOptions } from "../model/pipeline.ts";
import type { Step } from "../model/pipeline.ts";

/** An input of a step, and which count of the step before is that of its records. */
export interface FlowInput {
  readonly from: number;
  /** Undefined: it is one of several outputs that are counted together, or of those at the side. */
  readonly count: "out" | "diverted" | undefined;
}

export interface FlowStep {
  /** Empty for a merge. */
  readonly name: string;
  readonly inputs: readonly FlowInput[];
}

/** In the order of the graph's steps. */
export function flowSteps({ steps }: Pipeline): readonly FlowStep[] {
  return steps.map(({ name, inputs }) => ({
    name,
    inputs: inputs.map(({ from, output }) => ({ from, count: countOf(steps[from]!, output) })),
  }));
}

function countOf({ spec }: Step, output: number): FlowInput["count"] {
  // The results of all inputs of a connect leave at its first output, which is what is counted.
  const isAll = mainOutputs(spec) === 1 || spec.kind === "connect";
  if (output === 0) return isAll ? "out" : undefined;
  const { onError } = spec as StepOptions;
  const isDiverted = onError?.then === "divert" && output === outputCount(spec) - 1;
  return isDiverted ? "diverted" : undefined;
}
