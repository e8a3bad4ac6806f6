/**
 * Collects the steps of an app while its build function runs.
 *
 * Owns: the list of steps, the prefix of names inside a named fragment. Checks nothing that needs
 * the whole graph: that is the planner's.
 */
import { userError } from "../base/errors.ts";
import { STEPS_MAX } from "../model/limits.ts";
import type { Edge, Step, StepSpec } from "../model/pipeline.ts";

const HERE = import.meta.dir;

/** The steps of one app, while they are being collected. */
export class Builder {
  readonly steps: Step[] = [];
  #prefix = "";
  #isClosed = false;

  add(name: string, spec: StepSpec, inputs: readonly Edge[]): Step {
    if (this.#isClosed) {
      throw userError("app_is_built", `step "${name}" is added after the app was built`);
    }
    if (typeof name !== "string") {
      throw userError("bad_name", `the name of a ${spec.kind} step is ${JSON.stringify(name)}`);
    }
    if (this.steps.length === STEPS_MAX) {
      throw userError("too_many_steps", `more than ${STEPS_MAX} steps, the limit`);
    }
    const step: Step = {
      id: this.steps.length,
      name: name === "" ? name : this.#prefix + name,
      spec,
      inputs: [...inputs],
      at: callSite(),
    };
    this.steps.push(step);
    return step;
  }

  /** Runs `fn` with `name/` before every name that it gives. */
  within<R>(name: string, fn: () => R): R {
    const outer = this.#prefix;
    this.#prefix = `${outer}${name}/`;
    try {
      return fn();
    } finally {
      this.#prefix = outer;
    }
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** The first place outside this folder, as `file:line`. */
function callSite(): string {
  const lines = (new Error("here").stack ?? "").split("\n").slice(1);
  for (const line of lines) {
    const match = /\(?([^()\s]+):(\d+):\d+\)?$/.exec(line.trim());
    // The binary's own files are named relative to its sources; a user's file is absolute.
    if (match === null || !match[1]!.startsWith("/") || match[1]!.startsWith(HERE)) continue;
    if (match[1]!.startsWith("/$bunfs/")) continue;
    return `${match[1]!}:${match[2]!}`;
  }
  return "unknown place";
}

/** Refuses what is no function, by name of step. */
export function checkFunction(fn: unknown, step: string, what: string): void {
  if (typeof fn !== "function") {
    const given = fn === null ? "null" : typeof fn;
    throw userError("bad_step", `step "${step}": ${what} must be a function, it is ${given}`);
  }
}

/** Calls a fragment; with a name, its steps are called `name/step`. */
export function applyFragment<S, R>(
  builder: Builder,
  stream: S,
  first: string | ((stream: S) => R),
  second?: (stream: S) => R,
): R {
  if (typeof first === "function") return first(stream);
  checkFunction(second, first, "the fragment");
  return builder.within(first, () => second!(stream));
}
