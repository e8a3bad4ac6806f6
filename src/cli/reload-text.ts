/** What `run --watch` says of a version that took over, or did not (pure). */
import { durationText } from "../base/duration.ts";
import type { Reloaded } from "../host/reloader.ts";
import { numberText } from "./table.ts";

type Result = Reloaded["result"];
type State = Result["states"][number];
type End = Result["sources"][number];

/** `app reloaded in 84 ms: step "count" kept 12,034 keys; step "old" dropped (3 keys)`. */
export function reloadedText({ ms, result }: Reloaded): string {
  const facts = [
    ...result.states.map(stateText),
    ...result.sources.flatMap((end) => endText("source", end)),
    ...result.sinks.flatMap((end) => endText("sink", end)),
  ];
  if (result.calls > 0) facts.push(`${counted(result.calls, "call")} under way went over`);
  const text = facts.length === 0 ? "" : `: ${facts.join("; ")}`;
  return `app reloaded in ${durationText(Math.round(ms))}${text}\n`;
}

/** The same for programs: plain data. */
export function reloadedFacts({ ms, version, result }: Reloaded): object {
  const { states, sources, sinks, calls, pauseMs } = result;
  return { type: "reloaded", ms, pauseMs, version, states, sources, sinks, calls };
}

function stateText({ step, how, keys, parts }: State): string {
  const all = counted(keys, "key");
  switch (how) {
    case "kept":
      return `step "${step}" kept ${all}`;
    case "new":
      return `step "${step}" is new and begins empty`;
    case "dropped":
      return `step "${step}" dropped (${all})`;
    default:
      return `step "${step}" kept ${all}, ${parts.flatMap(partText).join(", ")}`;
  }
}

function partText({ name, how, from, to }: State["parts"][number]): readonly string[] {
  const which = name === "" ? "" : `"${name}" `;
  switch (how) {
    case "kept":
      return [];
    case "upgraded":
      return [`${which}upgraded from version ${from} to ${to}`];
    case "begun":
      return [`${which}begins anew`];
    default:
      return [`${which}dropped`];
  }
}

const ENDS: Readonly<Record<End["how"], string | undefined>> = {
  kept: undefined,
  moved: "goes on from its position",
  replaced: "opened anew",
  new: "is new",
  closed: "closed",
};

function endText(what: string, { name, how }: End): readonly string[] {
  const text = ENDS[how];
  return text === undefined ? [] : [`${what} "${name}" ${text}`];
}

function counted(count: number, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? "" : "s"}`;
}
