/** Transactions of five users that are made by a rule, so that every run has the same ones. */

export interface Transaction {
  readonly user: string;
  readonly amount: number;
  /** What the generator has given each user so far. Not read by the app, which keeps its own. */
  readonly given: readonly number[];
}

const USERS = ["Fido", "Rex", "Dr. Whiskers", "Feathers", "Mountaineer"] as const;
const ALERT_ABOVE = 2_000;
const TURNS_AT = 5_000;
const TURN = 6_000;

export const FIRST: Transaction = { user: USERS[0], amount: 1, given: [1, 0, 0, 0, 0] };

/**
 * The transaction that comes after one: the next user in turn. A user who was given more than
 * 5,000 loses 6,000, and the other way round, so that totals stay around zero.
 */
export function following(previous: Transaction): Transaction {
  const turn = (USERS.indexOf(previous.user as (typeof USERS)[number]) + 1) % USERS.length;
  const total = previous.given[turn]!;
  const amount = total > TURNS_AT ? -TURN : total < -TURNS_AT ? TURN : amountAfter(previous.amount);
  return { user: USERS[turn]!, amount, given: previous.given.with(turn, total + amount) };
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

/** The alert of a total that is too far from zero, either way. */
export function alertOf(user: string, total: number): string | undefined {
  if (total > ALERT_ABOVE) return `Deposit Alert for ${user}: ${total}`;
  if (total < -ALERT_ABOVE) return `Withdrawal Alert for ${user}: ${total}`;
  return undefined;
}
