/** What is under way in a task besides its keyed state, put into a snapshot and taken out again. */
import type { Extra } from "../checkpoint/segment-form.ts";
import type { GroupRanges } from "../model/checkpoint.ts";
import { type Key, keyGroup } from "../model/key.ts";
import type { InFlight } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";

/**
 * `inFlight`: inputs of an asyncMap. `waiting`: records for a target of a sinkEach that was not
 * open. `changed`: keys that an aggregate emits at its interval. `closed`: key groups of which an
 * aggregate has emitted everything at the end.
 */
export type ExtraKind = "inFlight" | "waiting" | "changed" | "closed";

/** Kinds that every instance is given: each takes what is of its own keys. */
export const FOR_ALL: ReadonlySet<string> = new Set<ExtraKind>(["changed", "closed"]);

/** Steps of a task that may have something besides keyed state. */
export function extraSteps({ chain, sinks }: TaskParts): readonly number[] {
  const steps = [...chain.all()].filter(
    ({ asyncMap, aggregate }) => asyncMap !== undefined || aggregate !== undefined,
  );
  const waiting = [...sinks].filter(([, sink]) => sink.waiting !== undefined);
  return [...steps.map(({ step }) => step.id), ...waiting.map(([id]) => id)];
}

/** `groupsOf`: the key groups of a step that are here. */
export function extrasOf(
  { chain, sinks }: TaskParts,
  groupsOf: (step: number) => GroupRanges,
): readonly Extra[] {
  const extras: Extra[] = [];
  const add = (step: string, kind: ExtraKind, value: unknown): void => {
    extras.push({ step, kind, value });
  };
  for (const { step, asyncMap, aggregate } of chain.all()) {
    for (const call of asyncMap?.inFlight() ?? []) add(step.name, "inFlight", call);
    for (const key of aggregate?.changedKeys ?? []) add(step.name, "changed", key);
    if (aggregate?.isClosed === true) add(step.name, "closed", groupsOf(step.id));
  }
  for (const sink of sinks.values()) {
    for (const record of sink.waiting?.() ?? []) add(sink.name, "waiting", record);
  }
  return extras;
}

/** The key group of what has a key, or else its split: it goes on where that is. */
export function placeOfExtra({ kind, value }: Extra): {
  readonly group?: number | undefined;
  readonly split?: InFlight["split"];
} {
  if (kind !== ("inFlight" satisfies ExtraKind)) return {};
  const { key, split } = value as InFlight;
  return key === undefined ? { split } : { group: keyGroup(key) };
}

/** Goes on with what was under way; called before anything is read. */
export function restoreExtras({ chain, sinks }: TaskParts, extras: readonly Extra[]): void {
  for (const { step, asyncMap, aggregate } of chain.all()) {
    const own = extras.filter((extra) => extra.step === step.name);
    if (aggregate !== undefined) {
      const changed = valuesOf(own, "changed") as readonly Key[];
      const closed = valuesOf(own, "closed") as readonly GroupRanges[];
      aggregate.restore(changed, groupsIn(closed.flat()));
    }
    const calls = valuesOf(own, "inFlight") as readonly InFlight[];
    for (const call of calls) asyncMap?.restore(call);
  }
  for (const sink of sinks.values()) {
    const own = extras.filter((extra) => extra.step === sink.name);
    for (const record of valuesOf(own, "waiting")) sink.push(record, 0);
  }
}

/** What a kind of extra holds is what `extrasOf` has put there. */
function valuesOf(extras: readonly Extra[], kind: ExtraKind): readonly unknown[] {
  return extras.filter((extra) => extra.kind === kind).map(({ value }) => value);
}

/** The key groups in pairs `[from, to)`. */
export function groupsIn(pairs: GroupRanges): ReadonlySet<number> {
  const groups = new Set<number>();
  for (const [from, to] of pairs) for (let group = from; group < to; group++) groups.add(group);
  return groups;
}
