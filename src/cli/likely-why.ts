/** Why the records of an app differ under faults, for people (pure). */

export interface Clues {
  /** What of chance and time the app asked for, by name. */
  readonly asked: readonly string[];
  /** Those of them without which no fault is needed: other values of it give other records. */
  readonly deciding: readonly string[];
  /** Two runs without faults, of one chance and one time, gave the same. */
  readonly isSteady: boolean;
}

const AGAIN = "which a record that is processed again sees anew";

/** Of a run whose time was over. */
export const LATE_WHY =
  "the time of the run was over and no record tells of a mistake of the app: it may be inputs " +
  "that are too large, a source without an end, or calls that take long; if it is none of these, " +
  "it is a mistake of wallaroo, and the command above is what its authors need";

export function likelyWhy({ asked, deciding, isSteady }: Clues): string {
  if (!isSteady) {
    return (
      "two runs without faults differ already: records depend on what is outside of the app, " +
      "such as what a service answers to asyncMap"
    );
  }
  if (deciding.length > 0) {
    return (
      `records depend on ${listText(deciding)}, ${AGAIN}: without faults, too, they differ ` +
      "when it gives other values. Take what is needed from the record, ctx.time or state"
    );
  }
  const memory =
    "what a variable of a module or globalThis remembers between records, or how inputs mix";
  if (asked.length === 0) return `${memory}; the app asked for no time and no chance`;
  return `${listText(asked)}, ${AGAIN}, or ${memory}`;
}

function listText(names: readonly string[]): string {
  const sorted = names.toSorted();
  const last = sorted.pop() ?? "";
  return sorted.length === 0 ? last : `${sorted.join(", ")} and ${last}`;
}
