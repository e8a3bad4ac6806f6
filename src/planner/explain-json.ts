/** A graph and its plan as plain data, for programs (pure). */
import {
  eachText,
  type Edge,
  type ErrorPolicy,
  type Pipeline,
  type Step,
  type StepKind,
  type StepOptions,
} from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { Delivery } from "../model/sink.ts";

export interface ExplainedStep {
  readonly id: number;
  readonly name: string;
  readonly kind: StepKind;
  /** Where the app made it. */
  readonly at: string;
  readonly inputs: readonly Edge[];
  /** What a source or sink is, for people. */
  readonly about?: string;
  readonly delivery?: Delivery;
  readonly replays?: boolean;
  readonly stateVersion?: number;
  /** Names of inputs of a connected step, of branches, of fields of an aggregate. */
  readonly names?: readonly string[];
  /** Names of side outputs. */
  readonly sides?: readonly string[];
  readonly onError?: ErrorPolicy;
}

export interface Explained {
  readonly steps: readonly ExplainedStep[];
  readonly plan: Plan;
}

/** Steps without their functions, and the plan, whose numbers are ids of steps. */
export function explainJson(pipeline: Pipeline, plan: Plan): Explained {
  return { steps: pipeline.steps.map(explained), plan };
}

function explained(step: Step): ExplainedStep {
  const { id, name, spec, at, inputs } = step;
  const { sides, onError } = spec as StepOptions;
  const options = { ...(sides && { sides }), ...(onError && { onError }) };
  return { id, name, kind: spec.kind, at, inputs, ...options, ...facts(step) };
}

function facts({ spec }: Step): Partial<ExplainedStep> {
  switch (spec.kind) {
    case "source": {
      const { about, replays } = spec.source;
      return replays === undefined ? { about } : { about, replays };
    }
    case "sink":
      return { about: spec.sink.about, delivery: spec.sink.delivery };
    case "sinkEach":
      return { about: eachText(spec) };
    case "branch":
      return { names: spec.branches.map(({ name }) => name) };
    case "broadcast":
    case "mapWithState":
    case "flatMapWithState":
      return { stateVersion: spec.state.version };
    case "connect":
      return { stateVersion: spec.state.version, names: spec.inputs.map(({ name }) => name) };
    case "connectKeyBy":
      return { names: spec.keys.map(({ name }) => name) };
    case "aggregate":
      return { names: spec.fields.map(([name]) => (name === "" ? "value" : name)) };
    default:
      return {};
  }
}
