/** What a checkpoint has and another version of its app does not (pure). */
import type { Manifest } from "../model/checkpoint.ts";
import { compareStates } from "../model/state-compare.ts";
import type { AppGraph } from "./job-spec.ts";

/** Of a checkpoint. */
export type KeptParts = Pick<Manifest, "committables" | "positions" | "states">;
/** Of an app. */
export type WantedParts = Pick<AppGraph, "states"> & {
  readonly wishes: Readonly<Record<"sinks" | "sources", readonly { readonly name: string }[]>>;
};

/** What is lost when the app goes on from the checkpoint; a line for each, for people. */
export function leftBehind(kept: KeptParts, app: WantedParts): readonly string[] {
  const lines: string[] = [];
  for (const { step, how, parts } of compareStates(kept.states, app.states).changes) {
    if (how === "dropped") lines.push(`the state of step "${step}", which the app does not have`);
    const dropped = parts.filter((part) => part.how === "dropped");
    for (const { name } of dropped) lines.push(`state "${name}" of step "${step}"`);
  }
  return [...lines, ...sourcesLeft(kept, app)];
}

/** Sources that the app does not have: where they were is lost. A line for each, for people. */
export function sourcesLeft(kept: KeptParts, app: WantedParts): readonly string[] {
  const known = new Set(app.wishes.sources.map(({ name }) => name));
  const all = new Set(kept.positions.map((one) => one.source));
  return [...all]
    .filter((source) => !known.has(source))
    .map((source) => `the place of source "${source}", which the app does not have`);
}

/** Output that only a sink can commit which the app does not have. A line for each, for people. */
export function outputLeft(kept: KeptParts, app: WantedParts): readonly string[] {
  return missingSinks(kept, app).map(
    (name) =>
      `output of sink "${name}", which the app does not have: it may not be committed, and is ` +
      "not shown then",
  );
}

/** Sinks that the app does not have, and whose output in the checkpoint may not be committed. */
export function missingSinks({ committables }: KeptParts, app: WantedParts): readonly string[] {
  const known = new Set(app.wishes.sinks.map(({ name }) => name));
  return [...new Set(committables.map(({ sink }) => sink))].filter((name) => !known.has(name));
}
