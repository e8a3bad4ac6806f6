/**
 * Whether an app could go on from a checkpoint: what becomes of each state, and what is in the way.
 * Reads the checkpoint's manifest, from a store or from a file, and nothing of its state.
 */
import { compareKept } from "../coordinator/check-fit.ts";
import { missingSinks, outputLeft, sourcesLeft } from "../coordinator/left-behind.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { TableChange } from "../model/state-compare.ts";
import { orphansOf, orphanText } from "../model/state-orphans.ts";
import { appGraph } from "./app-graph.ts";

/** What becomes of one state, or of a part of one. */
export interface StateFate {
  /** The step's name, or with the name of a part behind it: `count/total`. */
  readonly state: string;
  readonly fate: "kept" | "upgraded" | "new" | "dropped";
  /** The version in the checkpoint; 0 when it has none of it. */
  readonly from: number;
  /** The version of the app; 0 when it has none of it. */
  readonly to: number;
}

export interface Against {
  readonly app: string;
  readonly checkpoint: number;
  /** When it was taken, ISO 8601. */
  readonly time: string;
  readonly states: readonly StateFate[];
  /** What refuses the app; empty when it can go on. */
  readonly problems: readonly string[];
  /** What is lost without being refused. */
  readonly notes: readonly string[];
}

/** What is known of a checkpoint beside its manifest. */
export interface KnownOfKept {
  /** What is wrong with its files. */
  readonly damage?: readonly string[] | undefined;
  /** What its sinks had prepared: is committed, has to be committed before anything else since its
   *  job was cut off, or is left behind by an app without the sink. */
  readonly output?: "committed" | "needed" | "left" | undefined;
}

export function checkAgainst(
  pipeline: Pipeline,
  kept: Manifest,
  { damage = [], output = "needed" }: KnownOfKept = {},
): Against {
  const graph = appGraph(pipeline);
  const comparison = compareKept(kept, graph);
  const orphans = orphansOf(comparison).map(orphanText);
  const missing = output === "needed" ? missingSinks(kept, graph) : [];
  const sinks = missing.map(
    (name) => `output of sink "${name}", which the app does not have, may not be committed yet`,
  );
  const versions = versionsOf(kept, graph.states);
  return {
    app: kept.app,
    checkpoint: kept.epoch,
    time: new Date(kept.at).toISOString(),
    states: comparison.changes.flatMap((change) => fatesOf(change, versions)),
    problems: [...comparison.problems, ...orphans, ...sinks, ...damage],
    notes: [...sourcesLeft(kept, graph), ...(output === "left" ? outputLeft(kept, graph) : [])],
  };
}

type Versions = ReadonlyMap<string, number>;

/** By step, the newest version that a part of its state has. */
function versionsOf({ states }: Pick<Manifest, "states">, wanted: Manifest["states"]): Versions {
  return new Map(
    [...states, ...wanted].map(({ step, parts }) => {
      return [step, Math.max(1, ...parts.map(({ version }) => version))];
    }),
  );
}

function fatesOf({ step, how, parts }: TableChange, versions: Versions): readonly StateFate[] {
  if (how === "new" || how === "dropped") {
    const version = versions.get(step) ?? 1;
    const [from, to] = how === "new" ? [0, version] : [version, 0];
    return [{ state: step, fate: how, from, to }];
  }
  return parts.map(({ name, how: fate, from, to }) => {
    const state = name === "" ? step : `${step}/${name}`;
    return { state, fate: fate === "begun" ? "new" : fate, from, to };
  });
}
