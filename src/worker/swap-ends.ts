/**
 * What becomes of sources and sinks when another version of an app takes over (pure).
 *
 * `kept`: goes on with what is open. `moved`: opened anew where it was read last. `replaced`:
 * closed and opened anew, at its start. An end is known by its step's name.
 */
import { isSink, type Pipeline, type Step } from "../model/pipeline.ts";
import type { Sink } from "../model/sink.ts";
import type { Source } from "../model/source.ts";

export type EndHow = "kept" | "moved" | "replaced" | "new" | "closed";

export interface EndChange {
  readonly name: string;
  readonly how: EndHow;
}

/** In the order of the new graph; those that are gone come last. */
export function compareSources(before: Pipeline, after: Pipeline): readonly EndChange[] {
  return compare(before, after, isSource, (was, is) => {
    if (was.spec.kind !== "source" || is.spec.kind !== "source") return "replaced";
    const old = was.spec.source;
    const now = is.spec.source;
    if (isSame(old, now)) return "kept";
    const canMove = old.kind === now.kind && old.replays === true && now.replays === true;
    return canMove ? "moved" : "replaced";
  });
}

export function compareSinks(before: Pipeline, after: Pipeline): readonly EndChange[] {
  const isEnd = ({ spec }: Step): boolean => isSink(spec);
  return compare(before, after, isEnd, (was, is) => {
    // The targets of `sinkEach` are made by a function, which nobody can compare.
    if (was.spec.kind !== "sink" || is.spec.kind !== "sink") return "replaced";
    const isEqual =
      was.spec.connections === is.spec.connections && isSame(was.spec.sink, is.spec.sink);
    return isEqual ? "kept" : "replaced";
  });
}

function compare(
  before: Pipeline,
  after: Pipeline,
  isEnd: (step: Step) => boolean,
  how: (was: Step, is: Step) => EndHow,
): readonly EndChange[] {
  const old = new Map(before.steps.filter(isEnd).map((step) => [step.name, step]));
  const changes = after.steps.filter(isEnd).map((step): EndChange => {
    const was = old.get(step.name);
    old.delete(step.name);
    return { name: step.name, how: was === undefined ? "new" : how(was, step) };
  });
  for (const name of old.keys()) changes.push({ name, how: "closed" });
  return changes;
}

function isSource({ spec }: Step): boolean {
  return spec.kind === "source";
}

/** The very same, or one of equal settings. */
function isSame(a: Source<unknown> | Sink<unknown>, b: typeof a): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.identity === undefined || b.identity === undefined) return false;
  return JSON.stringify(a.identity) === JSON.stringify(b.identity);
}
