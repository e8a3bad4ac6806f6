/**
 * States of a checkpoint that an app does not have: most often their step was renamed (pure). Who
 * begins from the checkpoint has to say that they may go.
 */
import type { StateComparison } from "./state-compare.ts";

/** A state, or a part of one, that would be lost. */
export interface Orphan {
  /** The step's name, or with the name of a part behind it: `count/total`. */
  readonly name: string;
  /** What of the same sort the app has and the checkpoint does not: it may be the new name. */
  readonly candidates: readonly string[];
}

/** In the order of the checkpoint. */
export function orphansOf({ changes }: Pick<StateComparison, "changes">): readonly Orphan[] {
  const fresh = changes.filter(({ how }) => how === "new").map(({ step }) => step);
  const tables = changes
    .filter(({ how }) => how === "dropped")
    .map(({ step }): Orphan => ({ name: step, candidates: fresh }));
  const parts = changes.flatMap(({ step, parts: all }) => {
    const begun = all.filter(({ how }) => how === "begun").map(({ name }) => `${step}/${name}`);
    return all
      .filter(({ how }) => how === "dropped")
      .map(({ name }): Orphan => ({ name: `${step}/${name}`, candidates: begun }));
  });
  return [...tables, ...parts];
}

/** For people: `"total", which the app does not have: was it renamed to "sum"?` */
export function orphanText({ name, candidates }: Orphan): string {
  const shown = candidates.map((one) => `"${one}"`).join(" or ");
  const question = shown === "" ? "was it renamed or removed?" : `was it renamed to ${shown}?`;
  return `the state "${name}", which the app does not have: ${question}`;
}
