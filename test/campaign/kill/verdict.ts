/** Reads ledgers and parts as they grow, and tells the checkers of all that is settled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BalanceChecker } from "../oracle/balance-checker.ts";
import { ChainChecker } from "../oracle/chain-checker.ts";
import { ChainLedger } from "../oracle/chain-ledger.ts";
import { linesOf, partsIn, type PartName } from "../oracle/parts.ts";
import { STREAMS } from "./ledger.ts";
import { BRIDGE_SINK } from "./receiver.ts";

const BALANCES = "balances";

export class Verdict {
  readonly ledger = new ChainLedger();
  /** By sink: each gets all records. */
  readonly #chains = {
    chains: new ChainChecker(this.ledger),
    [BRIDGE_SINK]: new ChainChecker(this.ledger),
  };
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
    for (const checker of Object.values(this.#chains)) checker.end();
    this.balances.end();
  }

  get problems(): readonly string[] {
    const chains = Object.entries(this.#chains).flatMap(([sink, { problems }]) =>
      problems.map((text) => `${sink}: ${text}`),
    );
    return [...chains, ...this.balances.problems];
  }

  /** How often each kind of problem was met, by sink. */
  get counts(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      Object.entries(this.#chains).map(([sink, { counts }]) => [sink, counts]),
    );
  }

  #tell(isEnd: boolean): void {
    const sinks = [...Object.keys(this.#chains), BALANCES];
    const parts = new Map(sinks.map((sink) => [sink, partsIn(join(this.#output, sink))]));
    const newest = Math.max(0, ...[...parts.values()].flat().map(({ number }) => number));
    const to = isEnd ? newest : newest - 1;
    const isNew = ({ number }: PartName): boolean => number > this.#told && number <= to;
    // Behind the parts: whatever came out stands in a ledger by now.
    this.#readLedgers();
    for (const [sink, checker] of Object.entries(this.#chains)) {
      for (const { name } of parts.get(sink)!.filter(isNew)) {
        for (const line of linesOf(join(this.#output, sink), name)) checker.addCome(line, name);
      }
    }
    const folder = join(this.#output, BALANCES);
    const byEpoch = Map.groupBy(parts.get(BALANCES)!.filter(isNew), ({ number }) => number);
    for (const [epoch, own] of byEpoch) {
      const lines = own.flatMap(({ name }) => linesOf(folder, name));
      this.balances.addEpoch(epoch, lines);
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
        this.ledger.add(line);
        this.balances.addSent(line);
      }
    }
  }
}
