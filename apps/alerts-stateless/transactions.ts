/** Transactions that are made by a rule, so that the same ones come in every run. */

export interface Transaction {
  readonly id: number;
  readonly amount: number;
}

const ALERT_ABOVE = 1_000;

export const FIRST: Transaction = { id: 0, amount: 1 };

/** The transaction that comes after one. */
export function following({ id, amount }: Transaction): Transaction {
  return { id: id + 1, amount: amountAfter(amount) };
}

/**
 * (amount * (2^61 - 1) + 7) mod 2500 - 1250, with a remainder that is never negative. The product
 * does not fit into a number, but its remainder is that of the remainders, and those fit.
 */
export function amountAfter(amount: number): number {
  const FACTOR = 1_451; // (2^61 - 1) mod 2500
  const remainder = (amount * FACTOR + 7) % 2_500;
  return (remainder < 0 ? remainder + 2_500 : remainder) - 1_250;
}

/** The alert of a transaction that is too large, either way. */
export function alertOf({ id, amount }: Transaction): string | undefined {
  if (amount > ALERT_ABOVE) return `Deposit Alert for ${id}: ${amount}`;
  if (amount < -ALERT_ABOVE) return `Withdrawal Alert for ${id}: ${amount}`;
  return undefined;
}
