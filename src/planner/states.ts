/** The states of an app, as they will be found again when it is upgraded (pure). */
import type { Pipeline, StepSpec } from "../model/pipeline.ts";
import type { StateSpec, Ttl } from "../model/state-spec.ts";

export interface StateShown {
  /** The step's name is the state's. */
  readonly step: string;
  /** A part of a state of several, or a field of an aggregate; empty for a whole. */
  readonly part: string;
  readonly kind: string;
  readonly version: number;
  readonly ttl?: Ttl;
}

export function statesOf(pipeline: Pipeline): readonly StateShown[] {
  return pipeline.steps.flatMap(({ name, spec }) =>
    partsOf(spec).map((part) => ({ step: name, ...part })),
  );
}

function partsOf(spec: StepSpec): readonly Omit<StateShown, "step">[] {
  if (spec.kind === "aggregate") {
    return spec.fields.map(([part, { version = 1 }]) => ({ part, kind: "aggregate", version }));
  }
  if (!("state" in spec)) return [];
  const { parts } = spec.state;
  return parts === undefined
    ? [shown("", spec.state)]
    : parts.map(([part, state]) => shown(part, state));
}

function shown(part: string, state: StateSpec<unknown>): Omit<StateShown, "step"> {
  const { kind, version, ttl } = state;
  return { part, kind, version, ...(ttl === undefined ? {} : { ttl }) };
}
