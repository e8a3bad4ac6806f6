/** Reads ledgers and parts as they grow, and tells the checkers of all that is settled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BalanceChecker } from "../oracle/balance-checker.ts";
import { ChainChecker } from "../oracle/chain-checker.ts";
import { linesOf, partsIn, type PartName } from "../oracle/parts.ts";
import { STREAMS } from "./ledger.ts";

export class Verdict {
  readonly chains = new ChainChecker();
  readonly balances = new BalanceChecker();
  readonly #input: string;
  readonly #output: string;
  readonly #read: number[] = Array.from({ length: STREAMS }, () => 0);
  /** All epochs up to here are told. */
  #told = 0;

  constructor(folders: { readonly input: string; readonly output: string }) {
    this.#input = folders.input;
    this.#output = folders.output;
  }

  /** Tells of all epochs but the newest, whose parts may still be becoming visible. */
  look(): void {
    this.#tell(false);
  }

  /** Everything has come that will. */
  end(): void {
    this.#tell(true);
    this.chains.end();
    this.balances.end();
  }

  get problems(): readonly string[] {
    return [...this.chains.problems, ...this.balances.problems];
  }

  #tell(isEnd: boolean): void {
    const chains = partsIn(join(this.#output, "chains"));
    const balances = partsIn(join(this.#output, "balances"));
    const newest = Math.max(0, ...[...chains, ...balances].map(({ number }) => number));
    const to = isEnd ? newest : newest - 1;
    // Behind the parts: whatever came out stands in a ledger by now.
    this.#readLedgers();
    const isNew = ({ number }: PartName): boolean => number > this.#told && number <= to;
    for (const { name } of chains.filter(isNew)) {
      for (const line of linesOf(join(this.#output, "chains"), name)) {
        this.chains.addCome(line, name);
      }
    }
    const byEpoch = Map.groupBy(balances.filter(isNew), ({ number }) => number);
    for (const [epoch, parts] of byEpoch) {
      const folder = join(this.#output, "balances");
      this.balances.addEpoch(
        epoch,
        parts.flatMap(({ name }) => linesOf(folder, name)),
      );
    }
    this.#told = Math.max(this.#told, to);
  }

  #readLedgers(): void {
    for (let stream = 0; stream < STREAMS; stream++) {
      const bytes = readFileSync(join(this.#input, `${stream}.txt`));
      const end = bytes.lastIndexOf(10) + 1;
      const text = bytes.toString("utf8", this.#read[stream], end);
      this.#read[stream] = end;
      for (const line of text.split("\n")) {
        if (line === "") continue;
        this.chains.addSent(line);
        this.balances.addSent(line);
      }
    }
  }
}
