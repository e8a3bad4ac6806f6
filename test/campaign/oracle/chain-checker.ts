/**
 * Compares what came out with the ledger of what went in: per key each record once, in order, and
 * made of the right state. Knows nothing of how the records were processed (pure).
 *
 * Owns: how far the outputs of each key came.
 */
import { readChained, type Chained } from "../kill/app/records.ts";
import { type ChainLedger, WIDTH } from "./chain-ledger.ts";

/** How many problems are told; one lost state makes thousands. */
const PROBLEMS_MAX = 20;

export type ChainProblem = "lost" | "doubled" | "changed" | "invented" | "unreadable";

export class ChainChecker {
  readonly #ledger: ChainLedger;
  readonly #come = new Map<string, number>();
  readonly #counts = new Map<ChainProblem, number>();
  readonly problems: string[] = [];
  come = 0;

  constructor(ledger: ChainLedger) {
    this.#ledger = ledger;
  }

  /** A line that came out, in the order in which lines came out. `where` is for people. */
  addCome(line: string, where: string): void {
    let chained: Chained;
    try {
      chained = readChained(line);
    } catch (error) {
      this.#object("unreadable", `${where}: ${String(error)}`);
      return;
    }
    this.come++;
    this.#compare(chained, `${where}: key ${chained.key}`);
  }

  /** Nothing more comes: what was sent and is not here is lost. */
  end(): void {
    for (const key of this.#ledger.keys()) {
      const come = this.#come.get(key) ?? 0;
      const sent = this.#ledger.of(key).length / WIDTH;
      if (come >= sent) continue;
      const text = `at the end: key ${key}: records ${come + 1} to ${sent}`;
      this.#object("lost", text, sent - come);
    }
  }

  /** How often each kind of problem was met; empty when all is well. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #compare({ key, count, seq, hash, alike }: Chained, where: string): void {
    const come = this.#come.get(key) ?? 0;
    const wanted = this.#ledger.of(key);
    const sent = wanted.length / WIDTH;
    if (count <= come) {
      this.#object("doubled", `${where}: record ${count} again, behind ${come}`);
      return;
    }
    if (count > sent) {
      this.#object("invented", `${where}: record ${count}, of which only ${sent} were sent`);
      return;
    }
    const missing = count - come - 1;
    if (missing > 0) {
      const text = `${where}: records ${come + 1} to ${count - 1} are missing`;
      this.#object("lost", text, missing);
    }
    this.#come.set(key, count);
    const found = [seq, hash, alike];
    const right = wanted.slice((count - 1) * WIDTH, count * WIDTH);
    if (found.every((each, i) => each === right[i])) return;
    const text = `${where}: record ${count} is (seq, hash, alike) ${found}, wanted ${right}`;
    this.#object("changed", text);
  }

  #object(problem: ChainProblem, text: string, count = 1): void {
    this.#counts.set(problem, (this.#counts.get(problem) ?? 0) + count);
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(`${problem}: ${text}`);
  }
}
