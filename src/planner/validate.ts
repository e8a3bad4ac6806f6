/** Whether a graph can run, told to its author all at once (pure). */
import { userError } from "../base/errors.ts";
import { STEP_NAME_MAX, STEPS_MAX } from "../model/limits.ts";
import { isSink, type Pipeline, type Step } from "../model/pipeline.ts";
import {
  declaredOutputs,
  findCycles,
  inputCount,
  isKeyed,
  isStateful,
  kindText,
  outputCount,
  shortText,
  stepText,
  usesOf,
} from "./graph.ts";

/** Problems that one message tells; the rest are counted. */
export const PROBLEMS_MAX = 20;

const APP_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
/** Controls, separators, halves of pairs; not the joiners that scripts and emoji need. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;

/**
 * @throws {WallarooError} `bad_pipeline`: every problem, at most 20, one a line, with the steps and
 * the places where the app made them
 */
export function validate(pipeline: Pipeline): void {
  const problems = [...findProblems(pipeline)];
  if (problems.length === 0) return;
  const shown = problems.slice(0, PROBLEMS_MAX);
  const more = problems.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  const app = JSON.stringify(pipeline.app);
  const head = problems.length === 1 ? "" : ` has ${problems.length} problems`;
  const body = shown.length === 1 ? ` ${shown[0]}` : shown.map((line) => `\n  ${line}`).join("");
  throw userError("bad_pipeline", `app ${app}${head}:${body}`);
}

/** Everything that is wrong, without a bound. */
export function* findProblems(pipeline: Pipeline): Generator<string> {
  if (!APP_NAME.test(pipeline.app)) {
    yield `the app's name ${JSON.stringify(pipeline.app)} is refused: a lower-case letter, then ` +
      "at most 62 of a-z, 0-9, _ and -";
  }
  const { steps } = pipeline;
  if (steps.length > STEPS_MAX) {
    yield `${steps.length} steps, limit ${STEPS_MAX}: split the app into several`;
    return;
  }
  if (!steps.some(({ spec }) => spec.kind === "source")) {
    yield 'it has no source: begin with flow.source("name", ...)';
  }
  if (!steps.some(({ spec }) => isSink(spec))) {
    yield 'it has no sink: end with .sink("name", ...)';
  }
  yield* nameProblems(pipeline);
  for (const step of steps) yield* inputProblems(step, pipeline);
  yield* unfinished(pipeline);
  for (const cycle of findCycles(pipeline, PROBLEMS_MAX)) {
    const path = [...cycle, cycle[0]!].map((id) => shortText(steps[id]!)).join(" -> ");
    yield `${path}: cycles are not supported; send what must go round out by a sink and in again ` +
      `by a source (${steps[cycle[0]!]!.at})`;
  }
}

function* nameProblems({ steps }: Pipeline): Generator<string> {
  const places = new Map<string, string>();
  for (const { name, spec, at } of steps) {
    if (name === "" && spec.kind === "merge") continue;
    const why = whyBadName(name);
    if (why !== undefined) {
      yield `the name ${quoted(name)} of a ${spec.kind} step ${why} (${at})`;
      continue;
    }
    const first = places.get(name);
    if (first === undefined) places.set(name, at);
    else yield `two steps are called ${quoted(name)} (${first} and ${at}): rename one`;
  }
}

/** What is wrong with a name. A fragment's name stands before it, with a slash between them. */
function whyBadName(name: string): string | undefined {
  if (name === "") return `is empty: give 1 to ${STEP_NAME_MAX} characters`;
  const length = [...name].length;
  if (length > STEP_NAME_MAX) return `has ${length} characters, limit ${STEP_NAME_MAX}`;
  if (UNPRINTABLE.test(name)) return "has characters that cannot be printed: leave them out";
  if (name !== name.normalize("NFC")) return 'is not NFC: write name.normalize("NFC")';
  for (const part of name.split("/")) {
    if (part === "")
      return 'has a "/" that separates nothing: only to("name", fragment) makes them';
    if (part !== part.trim()) return "begins or ends with a space: leave it out";
  }
  return undefined;
}

function* inputProblems(step: Step, { steps }: Pipeline): Generator<string> {
  const { spec, inputs, at } = step;
  const wanted = inputCount(step);
  if (spec.kind === "forward" && inputs.length === 0) {
    yield `forward ${stepText(step)} was never given its stream (${at}): give it one, or remove it`;
  } else if (wanted === undefined ? inputs.length < 2 : inputs.length !== wanted) {
    const count = wanted === undefined ? "2 or more" : `${wanted}`;
    yield `${kindText(step)} has ${inputs.length} inputs, it takes ${count} (${at})`;
  }
  for (const { from, output } of inputs) {
    const origin = steps[from];
    if (origin === undefined) {
      yield `${stepText(step)} takes from step ${from}, which does not exist (${at})`;
      continue;
    }
    const outputs = outputCount(origin);
    if (!Number.isInteger(output) || output < 0 || output >= outputs) {
      const has = outputs === 0 ? "has none" : `has 0 to ${outputs - 1}`;
      yield `${stepText(step)} takes output ${output} of ${stepText(origin)}, which ${has} (${at})`;
    } else if (isStateful(step) && !isKeyed(origin)) {
      yield `${kindText(step)} keeps state and takes from ${stepText(origin)}, which ` +
        `has no key (${at}): put .keyBy("name", ...) or .collect("name") between them`;
    }
  }
}

/** Streams that lead nowhere. One used output is enough: side outputs may be left alone. */
function* unfinished(pipeline: Pipeline): Generator<string> {
  const uses = usesOf(pipeline);
  for (const step of pipeline.steps) {
    for (const { output, name } of declaredOutputs(step)) {
      if (uses[step.id]!.some((use) => use.output === output)) continue;
      yield `the ${name} of ${kindText(step)} goes nowhere (${step.at}): its records would be ` +
        'lost; end it with .sink("name", ...), or do not declare it';
    }
    if (isSink(step.spec) || uses[step.id]!.length > 0) continue;
    if (step.spec.kind === "forward" && step.inputs.length === 0) continue;
    yield `the stream after ${kindText(step)} goes nowhere (${step.at}): end it ` +
      'with .sink("name", ...), or remove it';
  }
}

function quoted(name: string): string {
  const shown = [...name].length > STEP_NAME_MAX ? `${[...name].slice(0, 40).join("")}...` : name;
  // JSON escapes controls; what else cannot be seen is written as its code points.
  return JSON.stringify(shown).replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
