/** The requests of a bank of one room: lines of words. */

export type Request =
  | { readonly kind: "deposit" | "withdraw"; readonly account: string; readonly cents: number }
  | { readonly kind: "balance"; readonly account: string }
  | { readonly kind: "unclear"; readonly account: string; readonly text: string };

/** Reads a line: `deposit NAME CENTS`, `withdraw NAME CENTS`, `balance NAME`. */
export function parse(line: string): Request {
  const [kind = "", account = "", amount] = line.trim().split(/\s+/);
  const unclear = { kind: "unclear", account, text: line.trim() } as const;
  if (account === "") return unclear;
  if (kind === "balance") return amount === undefined ? { kind, account } : unclear;
  if (kind !== "deposit" && kind !== "withdraw") return unclear;
  const cents = Number(amount);
  return Number.isSafeInteger(cents) && cents > 0 ? { kind, account, cents } : unclear;
}

/** What is known of an account. */
export interface Account {
  cents: number;
}

/** Carries out a request. Returns the line of the answer. */
export function carryOut(request: Request, account: Account): string {
  switch (request.kind) {
    case "deposit":
      account.cents += request.cents;
      return `ok ${request.account} ${account.cents}`;
    case "withdraw":
      if (request.cents > account.cents) {
        return `refused ${request.account} has ${account.cents}`;
      }
      account.cents -= request.cents;
      return `ok ${request.account} ${account.cents}`;
    case "balance":
      return `ok ${request.account} ${account.cents}`;
    default:
      return `unclear ${request.text}`;
  }
}
