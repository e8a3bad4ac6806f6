/** The first line in which two graphs differ, for a person (pure). */
export function firstDifference(theirs: readonly string[], ours: readonly string[]): string {
  for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
    const [a, b] = [theirs[i], ours[i]];
    if (a === b) continue;
    if (b === undefined) return `${String(a)} is missing here`;
    if (a === undefined) return `${b} is only here`;
    return `there ${a}, here ${b}`;
  }
  return "the graphs look alike, and their hashes differ";
}
