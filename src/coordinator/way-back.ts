/**
 * Whether a job whose newest checkpoint is damaged may go back to an older one by itself (pure).
 *
 * Z1. The older one is whole, and of the same code with the same options.
 * Z2. No sink that promises exactly-once has shown, or may have shown, what came behind it.
 * Z3. Every source can be read again from there: none has been told, since, what it may let go of.
 * Z4. No savepoint is newer: somebody was promised that state.
 * Where one of these is not known to be so, it is not: people choose.
 */
import type { Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import type { Outside } from "../planner/outside.ts";

export interface WayBackView {
  readonly job: string;
  /** What is kept, the oldest first; the last one is damaged. */
  readonly kept: readonly Manifest[];
  /** What is older, and was kept before the job was restored, the oldest first. */
  readonly before?: readonly Manifest[] | undefined;
  /** Names of files that are not what they should be. */
  readonly damaged: ReadonlySet<string>;
  readonly savepoints: readonly { readonly name: string; readonly epoch: number }[];
  /** Absent for a job of an older engine. */
  readonly outside: Outside | undefined;
  /** Of the job's code and options now. */
  readonly version: string;
}

export type WayBack =
  | { readonly to: Manifest; readonly gaveUp: readonly Manifest[] }
  /** Why not, and what people can do. */
  | { readonly why: string };

export function wayBack(view: WayBackView): WayBack {
  const { kept, before = [], damaged, job } = view;
  const newest = kept.at(-1);
  const to = kept.slice(0, -1).findLast((one) => isWhole(one, damaged));
  if (newest === undefined || to === undefined) {
    const whole = before.findLast((one) => isWhole(one, damaged));
    if (whole !== undefined) {
      return { why: choice(job, whole, ["the job was restored from a newer one since"]) };
    }
    const older = [...before, ...kept.slice(0, -1)].map(({ epoch }) => epoch);
    if (older.length === 0) return { why: "no older checkpoint is kept" };
    const names = [...new Set(older)].join(" and ");
    return { why: `of the older ones that are kept, ${names}, none is whole` };
  }
  const gaveUp = kept.filter(({ epoch }) => epoch > to.epoch);
  const reasons = [
    ...otherVersions([to, ...gaveUp], view.version),
    ...shownBehind(gaveUp, view.outside),
    ...letGoBehind(to, gaveUp, view.outside),
    ...newerSavepoints(to, view.savepoints),
  ];
  if (reasons.length === 0) return { to, gaveUp };
  return { why: choice(job, to, reasons) };
}

/** What people can do. */
function choice(job: string, { epoch }: Manifest, reasons: readonly string[]): string {
  return (
    `checkpoint ${epoch} is whole, and is not gone back to without being asked: ` +
    `${reasons.join("; ")}. Put the files back from a copy, or, if that may be, ` +
    `\`wallaroo restore ${job} --from ${epoch} --accept-duplicates\`; a job of \`wallaroo run ` +
    `--data\` is run again with \`--from ${epoch} --accept-duplicates\``
  );
}

function isWhole(manifest: Manifest, damaged: ReadonlySet<string>): boolean {
  return filesOf(manifest).every(({ name }) => !damaged.has(name));
}

/** Z1 */
function otherVersions(all: readonly Manifest[], version: string): readonly string[] {
  const others = all.filter((one) => one.version !== version).map(({ epoch }) => epoch);
  if (others.length === 0) return [];
  return [`another version of the app, or other options, made ${others.join(" and ")}`];
}

/** Z2 */
function shownBehind(gaveUp: readonly Manifest[], outside: Outside | undefined): readonly string[] {
  if (outside === undefined) {
    return ["the engine that deployed the job did not note what its sinks and sources promise"];
  }
  const named = new Map<string, number>();
  for (const { committables, epoch } of gaveUp) {
    for (const { sink } of committables) named.set(sink, epoch);
  }
  const unknown = [...named.keys()].filter((sink) => !outside.sinks.some((s) => s.name === sink));
  const reasons = unknown.map((sink) => `sink "${sink}" is not in the app any more`);
  for (const { name, delivery, commits } of outside.sinks) {
    if (delivery === "at-least-once" || delivery === "at-most-once") continue;
    const shown = named.get(name);
    if (shown !== undefined) {
      reasons.push(`sink "${name}" has committed output of ${shown}, which would come twice`);
    } else if (delivery === undefined) {
      reasons.push(`what the targets of sink "${name}" promise is not known`);
    } else if (!commits) {
      reasons.push(`sink "${name}" promises exactly-once without transactions`);
    }
  }
  return reasons;
}

/** Z3 */
function letGoBehind(
  to: Manifest,
  gaveUp: readonly Manifest[],
  outside: Outside | undefined,
): readonly string[] {
  const sources = outside?.sources.filter(({ canGoBack }) => !canGoBack) ?? [];
  return sources.flatMap(({ name }) => {
    const before = placesOf(to, name);
    const isSame = before !== undefined && gaveUp.every((one) => placesOf(one, name) === before);
    if (isSame) return [];
    return [`source "${name}" may not have any more what came behind it`];
  });
}

/** Undefined where it is not known where a split is read on. */
function placesOf({ positions }: Manifest, source: string): string | undefined {
  const own = positions.filter((one) => one.source === source);
  if (own.length === 0 || own.some(({ position }) => position === undefined)) return undefined;
  return own
    .map(({ split, position, isDone }) => JSON.stringify([split, position, isDone]))
    .toSorted()
    .join("\n");
}

/** Z4 */
function newerSavepoints(to: Manifest, all: WayBackView["savepoints"]): readonly string[] {
  const newer = all.filter(({ epoch }) => epoch > to.epoch).map(({ name }) => name);
  return newer.length === 0 ? [] : [`${newer.join(" and ")} was kept since and is newer`];
}
