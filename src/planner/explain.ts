/** A plan as text for people: what the app reads, does and writes, and what it promises (pure). */
import {
  eachText,
  isSink,
  mainOutputs,
  type Pipeline,
  type Step,
  type StepOptions,
} from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { isStateful, shortText, stepText } from "./graph.ts";
import { partitionerOf } from "./plan.ts";

/** The plan of a valid graph, ended by a newline. */
export function explainText(pipeline: Pipeline, plan: Plan): string {
  const order = plan.tasks.flatMap(({ steps }) => steps).map((id) => pipeline.steps[id]!);
  const ofKind = (isWanted: (kind: string) => boolean): Step[] =>
    order.filter(({ spec }) => isWanted(spec.kind));
  const sinks = order.filter(({ spec }) => isSink(spec));
  const steps = order.filter(({ spec }) => spec.kind !== "source" && !isSink(spec));
  return [
    `app ${pipeline.app}, graph ${plan.graphHash}`,
    "",
    "Sources",
    ...table(ofKind((kind) => kind === "source").map(sourceRow)),
    ...(steps.length === 0 ? [] : ["", "Steps"]),
    ...table(steps.map((step) => stepRow(step, pipeline, plan))),
    "",
    "Sinks",
    ...table(sinks.map((step) => sinkRow(step, pipeline))),
    "",
    `Tasks, with ${plan.workers} worker`,
    ...taskLines(pipeline, plan),
    "",
    "Guarantees",
    ...guaranteeLines(order),
    "",
  ].join("\n");
}

function sourceRow({ name, spec, at }: Step): string[] {
  if (spec.kind !== "source") return [];
  const time = spec.time === undefined ? "time of arrival" : "time from the record";
  return [name, spec.source.about, time, at];
}

function stepRow(step: Step, pipeline: Pipeline, plan: Plan): string[] {
  const all = [detail(step), errorText(step), exchangeText(step, plan)];
  const facts = all.filter((fact) => fact !== "");
  return [shortText(step), step.spec.kind, fromText(step, pipeline), facts.join("; "), step.at];
}

function sinkRow(step: Step, pipeline: Pipeline): string[] {
  const { name, spec, at } = step;
  if (spec.kind === "sinkEach") {
    return [name, eachText(spec), fromText(step, pipeline), "as its targets", at];
  }
  if (spec.kind !== "sink") return [];
  const connections = spec.connections === 1 ? "" : `, ${spec.connections} connections`;
  return [name, spec.sink.about + connections, fromText(step, pipeline), spec.sink.delivery, at];
}

function fromText(step: Step, { steps }: Pipeline): string {
  const names = step.inputs.map(({ from, output }) => {
    const origin = steps[from]!;
    return shortText(origin) + outputText(origin, output);
  });
  return `from ${names.join(", ")}`;
}

/** Which output of a step that has several: `.order`, `.diverted`. */
export function outputText({ spec }: Step, output: number): string {
  const side = output - mainOutputs(spec);
  if (side >= 0) return `.${(spec as StepOptions).sides?.[side] ?? "diverted"}`;
  if (spec.kind === "connectKeyBy") return `.${spec.keys[output]!.name}`;
  if (spec.kind === "branch") return `.${spec.branches[output]!.name}`;
  if (spec.kind === "connect" && output > 0) return `.${spec.inputs[output - 1]!.name}`;
  return "";
}

/** What follows when the step's function throws, where that is not the end of the job. */
function errorText({ spec }: Step): string {
  const { onError } = spec as StepOptions;
  if (onError === undefined) return "";
  const retries = onError.retries > 0 ? `${onError.retries} retries, then ` : "";
  return `on error ${retries}${onError.then}`;
}

function detail({ spec }: Step): string {
  switch (spec.kind) {
    case "branch":
      return `to the first of ${spec.branches.map(({ name }) => name).join(", ")}`;
    case "broadcast":
      return `state version ${spec.state.version}, a copy in each task`;
    case "mapWithState":
    case "flatMapWithState":
      return `state version ${spec.state.version}`;
    case "connect": {
      const inputs = spec.inputs.map(({ name }) => name).join(", ");
      return `state version ${spec.state.version}, shared by ${inputs}`;
    }
    case "aggregate": {
      const fields = spec.fields.map(([name]) => (name === "" ? "value" : name)).join(", ");
      const { emit } = spec;
      const when = typeof emit === "object" ? `every ${emit.everyMs} ms` : emit;
      return `state of ${fields}; result ${when === "each" ? "for each record" : when}`;
    }
    default:
      return "";
  }
}

function exchangeText(step: Step, plan: Plan): string {
  const where = plan.exchanges.some(({ from, isLocal }) => from === step.id && !isLocal)
    ? "between tasks"
    : "within the task";
  switch (partitionerOf(step)) {
    case "hash":
      return `by hash of the key over ${plan.keyGroups} key groups, ${where}`;
    case "collect":
      return `all to one task, ${where}`;
    case "rebalance":
      return `spread over all workers, ${where}`;
    default:
      return "";
  }
}

function taskLines({ steps }: Pipeline, { tasks }: Plan): string[] {
  return tasks.flatMap(({ id, steps: ids, fused }) => {
    const names = (list: readonly number[], between: string): string =>
      list.map((step) => shortText(steps[step]!)).join(between);
    const runs = fused.map((run) => `     one function: ${names(run, " + ")}`);
    return [`  ${id}  ${names(ids, ", ")}`, ...runs];
  });
}

/** What a reader of the sinks can rely on: no more than that. */
function guaranteeLines(order: readonly Step[]): string[] {
  const lines = [
    "  While the process lives, each record is processed once, in order for each key.",
  ];
  if (order.some(isStateful)) lines.push("  State is in memory: it ends with the process.");
  for (const step of order) {
    const { spec } = step;
    if (spec.kind === "source") {
      lines.push(`  Source ${stepText(step)} ${replayText(spec.source.replays)}`);
    }
    if (spec.kind === "sink") {
      lines.push(`  Sink ${stepText(step)} is ${deliveryText(spec.sink.delivery)}`);
    }
    if (spec.kind === "sinkEach") {
      lines.push(`  Sink ${stepText(step)} is what the sinks of its targets are.`);
    }
  }
  return lines;
}

function replayText(replays: boolean | undefined): string {
  switch (replays) {
    case true:
      return "can be read again from a position: nothing is lost when a run is repeated.";
    case false:
      return "cannot be read again: what was in flight is lost with the process.";
    default:
      return "does not say whether it can be read again: count on a loss with the process.";
  }
}

function deliveryText(delivery: string): string {
  switch (delivery) {
    case "exactly-once":
      return "exactly-once: it shows what was committed, and that once.";
    case "at-least-once":
      return "at-least-once: it may show a record again after a failure.";
    default:
      return "at-most-once: a failure may lose records, or repeat them.";
  }
}

/** Columns as wide as they need; the last one free. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  }
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell + " ".repeat(widths[i]! - width(cell))).join("  ")}`.trimEnd(),
  );
}

/** Code points: near enough for names, and known to every terminal. */
function width(text: string): number {
  return [...text].length;
}
