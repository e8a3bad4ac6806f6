/** What a run without faults has read and written, and where that compares nothing (pure). */
import { numberText } from "./table.ts";

/** Of a step, or of a source: records that came in, and that were no record to it. */
export interface StepCounts {
  readonly name: string;
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly diverted: number;
}

export interface Counted {
  /** All steps, in the order of the app. */
  readonly steps: readonly StepCounts[];
  /** Names of the steps that are sources. */
  readonly sources: readonly string[];
  /** Records that were committed, by sink. */
  readonly written: Readonly<Record<string, number>>;
}

/** What a source was given. */
export interface SourceCounts {
  readonly read: number;
  /** Of these. */
  readonly refused: number;
}

/** By source. */
export function readBySource({ steps, sources }: Counted): Readonly<Record<string, SourceCounts>> {
  const found = steps.filter(({ name }) => sources.includes(name));
  return Object.fromEntries(
    found.map((one) => [one.name, { read: one.in + one.dropped, refused: one.dropped }]),
  );
}

/** A line of all of it. */
export function countsText(counted: Counted): string {
  const read = Object.entries(readBySource(counted)).map(([name, one]) => {
    const refused = one.refused === 0 ? "" : ` (${numberText(one.refused)} refused)`;
    return `${name} ${numberText(one.read)}${refused}`;
  });
  const written = Object.entries(counted.written).map(([name, n]) => `${name} ${numberText(n)}`);
  return `records read: ${listText(read)}; records of sinks: ${listText(written)}`;
}

/** What somebody should know who believes the comparison. */
export function warningsOf(counted: Counted): readonly string[] {
  const warnings: string[] = [];
  for (const [name, { read, refused }] of Object.entries(readBySource(counted))) {
    if (read === 0) warnings.push(`source "${name}" read nothing: is its file empty?`);
    if (refused === 0) continue;
    warnings.push(
      `source "${name}" refused ${numberText(refused)} of ${numberText(read)} records: its ` +
        "decoder cannot read them, and no step saw them. Is that its file, and are --read and " +
        "--frame as the file is?",
    );
  }
  const isEmpty = Object.values(counted.written).every((n) => n === 0);
  if (isEmpty)
    warnings.push(`no sink got a record, so that nothing is compared${endText(counted)}`);
  return warnings;
}

/** Where records end. */
function endText({ steps, sources }: Counted): string {
  const end = steps.find((one) => one.in > 0 && one.out === 0 && !sources.includes(one.name));
  if (end === undefined) return "";
  return `: of ${numberText(end.in)} records that step "${end.name}" got it gave none on`;
}

function listText(all: readonly string[]): string {
  return all.length === 0 ? "none" : all.join(", ");
}
