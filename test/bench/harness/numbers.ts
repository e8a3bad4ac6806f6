/** Medians and the like (pure). */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Four significant digits: nobody measures more. */
export function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(4));
}

export function text(value: number): string {
  return rounded(value).toLocaleString("en-US", { maximumFractionDigits: 4 });
}
