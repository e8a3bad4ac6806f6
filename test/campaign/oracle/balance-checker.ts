/**
 * Conservation: transfers move money, so at each checkpoint the balances of all accounts add up
 * to nothing, whichever workers keep them; in the end each account has what the ledger says (pure).
 */
import { legsOf, readBalance, readSent } from "../kill/app/records.ts";

const PROBLEMS_MAX = 20;

export class BalanceChecker {
  readonly #wanted = new Map<string, number>();
  readonly #found = new Map<string, number>();
  readonly problems: string[] = [];
  epochs = 0;

  addSent(line: string): void {
    for (const { account, cents } of legsOf(readSent(line))) {
      this.#wanted.set(account, (this.#wanted.get(account) ?? 0) + cents);
    }
  }

  /** All that one checkpoint committed: the last line of an account is its balance. */
  addEpoch(epoch: number, lines: Iterable<string>): void {
    for (const line of lines) {
      const { account, cents } = readBalance(line);
      this.#found.set(account, cents);
    }
    this.epochs++;
    const sum = [...this.#found.values()].reduce((a, b) => a + b, 0);
    if (sum !== 0) this.#object(`at epoch ${epoch} the balances add up to ${sum}`);
  }

  end(): void {
    for (const problem of this.compare(this.#found)) this.#object(problem);
  }

  /** What is wrong with balances, when all that was sent is in them. */
  compare(balances: Iterable<readonly [string, number]>): readonly string[] {
    const found = new Map(balances);
    return [...this.#wanted].flatMap(([account, cents]) => {
      const own = found.get(account) ?? 0;
      return own === cents ? [] : [`account ${account} has ${own}, wanted ${cents}`];
    });
  }

  #object(text: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(text);
  }
}
