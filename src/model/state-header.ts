/**
 * What of the states of a graph decides whether values that were kept can be used on: step name,
 * kind and version (pure). Plain data, so that it can stand beside the values.
 */
import type { Pipeline, StepSpec } from "./pipeline.ts";
import { shapeOf, type StateShape } from "./state-shape.ts";
import type { StateKind, StateSpec } from "./state-spec.ts";

/** A part of a value that has a version of its own. */
export interface StatePart {
  /** `""` for a state that is one value, map or list. */
  readonly name: string;
  readonly kind: StateKind | "accumulator";
  readonly version: number;
  /** Whether there is a function that makes a value of this version out of older ones. */
  readonly canUpgrade: boolean;
  /** Of what `init` makes; absent where it is not compared. */
  readonly shape?: StateShape | undefined;
}

/** One state of one step. */
export interface StateHeader {
  readonly step: string;
  /** Which state of the step, as in `TableId`. */
  readonly namespace: string;
  readonly kind: StateKind | "aggregate";
  /** Of `several` its parts by name, of an aggregate its fields; else the one value. */
  readonly parts: readonly StatePart[];
}

/** The states of a graph, in the order of its steps. */
export function stateHeaders(pipeline: Pipeline): readonly StateHeader[] {
  return pipeline.steps.flatMap(({ name, spec }) => {
    const header = headerOf(name, spec);
    return header === undefined ? [] : [header];
  });
}

/** The same with shapes: calls each `init`. */
export function shapedHeaders(pipeline: Pipeline): readonly StateHeader[] {
  const specs = new Map(pipeline.steps.map(({ name, spec }) => [name, spec]));
  return stateHeaders(pipeline).map((header) => {
    const { step } = header;
    const spec = specs.get(step)!;
    const parts = header.parts.map((part): StatePart => {
      const init = initOf(spec, part.name);
      return init === undefined ? part : { ...part, shape: shapeOf(step, init) };
    });
    return { ...header, parts };
  });
}

/** What makes the first value of a part, where values have the shape that it gives. */
function initOf(spec: StepSpec, part: string): ((...args: never) => unknown) | undefined {
  if (spec.kind === "aggregate") return spec.fields.find(([name]) => name === part)?.[1].init;
  if (!("state" in spec)) return undefined;
  const { state } = spec;
  const own = state.kind === "several" ? new Map(state.parts).get(part) : state;
  const isCompared = own?.codec === undefined && own?.hasAnyShape !== true;
  return isCompared ? own?.init : undefined;
}

function headerOf(step: string, spec: StepSpec): StateHeader | undefined {
  if (spec.kind === "aggregate") {
    const parts = spec.fields.map(([name, { version = 1 }]): StatePart => {
      return { name, kind: "accumulator", version, canUpgrade: false };
    });
    return { step, namespace: "", kind: "aggregate", parts };
  }
  if (!("state" in spec)) return undefined;
  const { state } = spec;
  const parts =
    state.kind === "several"
      ? (state.parts ?? []).map(([name, part]) => partOf(name, part))
      : [partOf("", state)];
  return { step, namespace: "", kind: state.kind, parts };
}

function partOf(name: string, { kind, version, upgrade }: StateSpec<unknown>): StatePart {
  return { name, kind, version, canUpgrade: upgrade !== undefined };
}
