/**
 * Whether a version of an app can take over the states of another, and what becomes of each (pure).
 *
 * R1. A state is known by its step's name. One whose step is gone is dropped, a new one begins
 *     empty: both are told.
 * R2. Equal kind and version: kept. A version that grew: every value goes through `upgrade`.
 * R3. Refused: a version that shrank or grew without `upgrade`, and a kind that changed, unless it
 *     is a plain value now, whose version grew and which has an `upgrade`.
 * R4. Each part of several states is looked at by itself; so is each field of an aggregate, but one
 *     of another version begins anew, since accumulators have no `upgrade`.
 * R5. Refused: another shape with an equal version, where both shapes are known.
 */
import type { StateHeader, StatePart } from "./state-header.ts";
import { shapeDifference } from "./state-shape.ts";

/** What becomes of a part. `begun`: it is made anew for keys that have the others. */
export interface PartChange {
  readonly name: string;
  readonly how: "kept" | "upgraded" | "begun" | "dropped";
  /** The version that was kept; 0 when there was none. */
  readonly from: number;
  readonly to: number;
}

/** What becomes of one state of one step. `changed`: its values are made anew from the old ones. */
export interface TableChange {
  readonly step: string;
  readonly namespace: string;
  readonly how: "kept" | "changed" | "new" | "dropped";
  readonly parts: readonly PartChange[];
}

export interface StateComparison {
  readonly changes: readonly TableChange[];
  /** Why it cannot be, for people; empty when it can. */
  readonly problems: readonly string[];
}

/** Compares what is kept with what is wanted. */
export function compareStates(
  kept: readonly StateHeader[],
  wanted: readonly StateHeader[],
): StateComparison {
  const problems: string[] = [];
  const old = new Map(kept.map((header) => [tableKey(header), header]));
  const changes = wanted.map((header): TableChange => {
    const before = old.get(tableKey(header));
    old.delete(tableKey(header));
    return before === undefined ? wholly("new", header) : compareTable(before, header, problems);
  });
  for (const header of old.values()) changes.push(wholly("dropped", header));
  return { changes, problems };
}

/** A state's name within a job. */
export function tableKey({ step, namespace }: Pick<StateHeader, "step" | "namespace">): string {
  return `${step}\0${namespace}`;
}

function wholly(how: "new" | "dropped", { step, namespace }: StateHeader): TableChange {
  return { step, namespace, how, parts: [] };
}

function compareTable(before: StateHeader, after: StateHeader, problems: string[]): TableChange {
  const { step, namespace } = after;
  const parts =
    before.kind === after.kind
      ? compareParts(before, after, problems)
      : [changeKind(before, after, problems)];
  const isEqual =
    parts.every(({ how }) => how === "kept") &&
    // The accumulators of an aggregate stand in the order of its fields.
    (after.kind !== "aggregate" ||
      after.parts.every(({ name }, i) => name === before.parts[i]!.name));
  return { step, namespace, how: isEqual ? "kept" : "changed", parts };
}

function compareParts(
  before: StateHeader,
  after: StateHeader,
  problems: string[],
): readonly PartChange[] {
  const old = new Map(before.parts.map((part) => [part.name, part]));
  const parts = after.parts.map((part): PartChange => {
    const was = old.get(part.name);
    old.delete(part.name);
    const { name, version: to } = part;
    if (was === undefined) return { name, how: "begun", from: 0, to };
    const problem = problemOf(was, part);
    if (problem !== undefined) problems.push(`${whatText(after, name)} ${problem}`);
    const from = was.version;
    if (from === to) return { name, how: "kept", from, to };
    return { name, how: part.kind === "accumulator" ? "begun" : "upgraded", from, to };
  });
  for (const { name, version: from } of old.values()) {
    parts.push({ name, how: "dropped", from, to: 0 });
  }
  return parts;
}

/** Why a part cannot become the other. */
function problemOf(was: StatePart, is: StatePart): string | undefined {
  const { version: from } = was;
  const { version: to } = is;
  if (to < from) {
    return `has version ${to}, and its values are of version ${from}: versions only grow`;
  }
  if (was.kind !== is.kind) return kindProblem(was.kind, is.kind, from, is);
  if (to === from) return shapeProblem(was, is);
  if (is.kind === "accumulator" || is.canUpgrade) return undefined;
  return (
    `has version ${to}, and its values are of version ${from}: add upgrade(old, fromVersion) to ` +
    `the options of its state, or give ${is.name === "" ? "the step" : "it"} another name to ` +
    "begin empty"
  );
}

/** R5 */
function shapeProblem({ shape: was }: StatePart, is: StatePart): string | undefined {
  const difference = was && is.shape ? shapeDifference(was, is.shape) : "";
  if (difference === "") return undefined;
  const begin = `has version ${is.version} as before, and another shape: ${difference}. Give it `;
  const next = `version ${is.version + 1}`;
  if (is.kind === "accumulator") return `${begin}${next}, with which it begins anew`;
  return (
    `${begin}${next} and an upgrade(old, fromVersion), or, if its function can do with the old ` +
    'values, the option shape: "any"'
  );
}

/** A whole state of another kind; its version is that of its newest part. */
function changeKind(before: StateHeader, after: StateHeader, problems: string[]): PartChange {
  const from = newest(before);
  const to = newest(after);
  const only = after.kind === "value" ? after.parts[0] : undefined;
  const is = only ?? { name: "", version: to, canUpgrade: false };
  const problem =
    to < from
      ? `has version ${to}, and its values are of version ${from}: versions only grow`
      : kindProblem(before.kind, after.kind, from, is);
  if (problem !== undefined) problems.push(`${whatText(after, "")} ${problem}`);
  return { name: "", how: "upgraded", from, to };
}

function kindProblem(
  was: string,
  is: string,
  from: number,
  { version, canUpgrade, name }: Pick<StatePart, "version" | "canUpgrade" | "name">,
): string | undefined {
  if (is === "value" && was !== "aggregate" && version > from && canUpgrade) return undefined;
  const how =
    is === "value" && was !== "aggregate"
      ? `give it version ${from + 1} and an upgrade(old, fromVersion)`
      : "there is no way from one to the other";
  const another = `give ${name === "" ? "the step" : "it"} another name to begin empty`;
  return `was ${kindText(was)} and is ${kindText(is)} now: ${how}, or ${another}`;
}

function newest({ parts }: StateHeader): number {
  return Math.max(1, ...parts.map(({ version }) => version));
}

const KIND_TEXTS: Readonly<Record<string, string>> = {
  value: "one value",
  map: "a map",
  list: "a list",
  several: "several states",
  aggregate: "an aggregate",
};

function kindText(kind: string): string {
  return KIND_TEXTS[kind] ?? kind;
}

function whatText({ step, kind }: StateHeader, part: string): string {
  if (part === "") return `step "${step}": its state`;
  return `step "${step}": its ${kind === "aggregate" ? "field" : "state"} "${part}"`;
}
