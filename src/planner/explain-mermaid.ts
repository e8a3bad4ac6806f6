/** A plan as a Mermaid flowchart (pure). */
import { eachText, isSink, type Pipeline, type Step, type StepSpec } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { outputText } from "./explain.ts";
import { isStateful } from "./graph.ts";
import { partitionerOf } from "./plan.ts";

/** The graph of a valid app, a box for each task; ended by a newline. */
export function explainMermaid(pipeline: Pipeline, plan: Plan): string {
  const lines = ["flowchart LR"];
  for (const task of plan.tasks) {
    lines.push(`  subgraph task${task.id}["task ${task.id}"]`);
    for (const id of task.steps) lines.push(`    ${node(pipeline.steps[id]!)}`);
    lines.push("  end");
  }
  for (const step of pipeline.steps) {
    for (const { from, output } of step.inputs) {
      const origin = pipeline.steps[from]!;
      const label = edgeLabel(origin, output);
      const arrow = label === "" ? "-->" : `-->|${quoted(label)}|`;
      lines.push(`  s${from} ${arrow} s${step.id}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function node(step: Step): string {
  const { id, name, spec } = step;
  const text = name === "" ? spec.kind : `${name}\n${aboutOf(spec)}`;
  const label = quoted(text);
  if (spec.kind === "source" || isSink(spec)) return `s${id}([${label}])`;
  return isStateful(step) ? `s${id}[(${label})]` : `s${id}[${label}]`;
}

function aboutOf(spec: StepSpec): string {
  if (spec.kind === "source") return spec.source.about;
  if (spec.kind === "sinkEach") return eachText(spec);
  return spec.kind === "sink" ? spec.sink.about : spec.kind;
}

function edgeLabel(origin: Step, output: number): string {
  const words = [outputText(origin, output).slice(1), partitionerOf(origin) ?? ""];
  return words.filter((word) => word !== "").join(", ");
}

/**
 * A Mermaid string. Inside its quotes Mermaid reads markup, Markdown and `#name;`, so every
 * character but letters, digits and a few harmless signs is written as `#code;`. A dot or dash
 * before a space would begin a list.
 */
function quoted(text: string): string {
  const escape = (sign: string): string => `#${sign.codePointAt(0)!};`;
  const lines = text
    .split("\n")
    .map((line) => line.replace(/[^\p{L}\p{M}\p{N} .,:/-]|[.-](?= )/gu, escape));
  return `"${lines.join("<br/>")}"`;
}
