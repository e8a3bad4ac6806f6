/**
 * A short name for the shape of a graph (pure): names, kinds, edges, versions of states. Functions,
 * connectors' settings and the order in which steps were written do not count.
 */
import { fnv1a } from "../base/hash.ts";
import type { Pipeline, Step, StepOptions, StepSpec } from "../model/pipeline.ts";
import { topologicalOrder } from "./graph.ts";

const encoder = new TextEncoder();

/** 16 hexadecimal digits. The graph must be valid. */
export function graphHash(pipeline: Pipeline): string {
  return hash64(JSON.stringify([pipeline.app, ...graphLines(pipeline)]));
}

/** What the hash is made of, one line for each step, sorted: to name a difference of two graphs. */
export function graphLines(pipeline: Pipeline): readonly string[] {
  const references: string[] = [];
  const lines: string[] = [];
  for (const id of topologicalOrder(pipeline)) {
    const step = pipeline.steps[id]!;
    const inputs = step.inputs.map(({ from, output }) => `${references[from]}#${output}`);
    // A merge has no name and no order of its inputs: it is known by what it merges.
    if (step.spec.kind === "merge") inputs.sort();
    const line = JSON.stringify([step.name, step.spec.kind, inputs, ...details(step)]);
    lines.push(line);
    references[id] = step.name === "" ? `:${hash64(line)}` : `/${step.name}`;
  }
  return lines.sort();
}

/** What of a step, besides its edges, decides where records go and whether state can be read. */
function details({ spec }: Step): readonly unknown[] {
  const { sides, onError } = spec as StepOptions;
  const own = kindDetails(spec);
  // Added only where they are: the hash of a graph without them must not change.
  if (sides === undefined && onError?.then !== "divert") return own;
  return [...own, sides ?? [], onError?.then === "divert"];
}

function kindDetails(spec: StepSpec): readonly unknown[] {
  switch (spec.kind) {
    case "branch":
      return [spec.branches.map(({ name }) => name)];
    case "broadcast":
    case "mapWithState":
    case "flatMapWithState":
      return [spec.state.version];
    case "connect":
      return [spec.state.version, spec.inputs.map(({ name }) => name)];
    case "connectKeyBy":
      return [spec.keys.map(({ name }) => name)];
    case "aggregate":
      return [spec.fields.map(([name, { version }]) => [name, version ?? 1])];
    default:
      return [];
  }
}

/** Two 32-bit hashes with different beginnings. */
function hash64(text: string): string {
  const bytes = encoder.encode(`wallaroo graph\n${text}`);
  const hex = (hash: number): string => hash.toString(16).padStart(8, "0");
  return hex(fnv1a(bytes)) + hex(fnv1a(bytes, "wallaroo ".length));
}
