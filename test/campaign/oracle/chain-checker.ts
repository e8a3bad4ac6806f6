/**
 * Compares what came out with the ledger of what went in: per key each record once, in order, and
 * made of the right state. Knows nothing of how the records were processed (pure).
 *
 * Owns: what each key's outputs have to be, and how far they came.
 */
import { kindOf, link, readChained, readSent, type Chained } from "../kill/app/records.ts";

/** How many problems are told; one lost state makes thousands. */
const PROBLEMS_MAX = 20;

interface KeyModel {
  /** What has to come, in order. */
  readonly seqs: number[];
  readonly hashes: number[];
  readonly alikes: number[];
  readonly kinds: Map<number, number>;
  /** How many have come. */
  come: number;
}

export type ChainProblem = "lost" | "doubled" | "changed" | "invented" | "unreadable";

export class ChainChecker {
  readonly #keys = new Map<string, KeyModel>();
  readonly #counts = new Map<ChainProblem, number>();
  readonly problems: string[] = [];
  sent = 0;
  come = 0;

  /** A line of a ledger. Ledgers of several streams may be told in any order between them. */
  addSent(line: string): void {
    const record = readSent(line);
    const model = this.#modelOf(record.key);
    const kind = kindOf(record);
    const alike = (model.kinds.get(kind) ?? 0) + 1;
    model.kinds.set(kind, alike);
    model.seqs.push(record.seq);
    model.hashes.push(link(model.hashes.at(-1) ?? 0, record));
    model.alikes.push(alike);
    this.sent++;
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
    for (const [key, { seqs, come }] of this.#keys) {
      if (come >= seqs.length) continue;
      const missing = seqs.length - come;
      this.#object(
        "lost",
        `at the end: key ${key}: records ${come + 1} to ${seqs.length}`,
        missing,
      );
    }
  }

  /** How often each kind of problem was met; empty when all is well. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #compare({ key, count, seq, hash, alike }: Chained, where: string): void {
    const model = this.#modelOf(key);
    if (count <= model.come) {
      this.#object("doubled", `${where}: record ${count} again, behind ${model.come}`);
      return;
    }
    if (count > model.seqs.length) {
      const text = `${where}: record ${count}, of which only ${model.seqs.length} were sent`;
      this.#object("invented", text);
      return;
    }
    const missing = count - model.come - 1;
    if (missing > 0) {
      const text = `${where}: records ${model.come + 1} to ${count - 1} are missing`;
      this.#object("lost", text, missing);
    }
    model.come = count;
    const wanted = [model.seqs, model.hashes, model.alikes].map((all) => all[count - 1]);
    const found = [seq, hash, alike];
    if (found.every((each, i) => each === wanted[i])) return;
    const text = `${where}: record ${count} is (seq, hash, alike) ${found}, wanted ${wanted}`;
    this.#object("changed", text);
  }

  #modelOf(key: string): KeyModel {
    let model = this.#keys.get(key);
    if (model === undefined) {
      model = { seqs: [], hashes: [], alikes: [], kinds: new Map(), come: 0 };
      this.#keys.set(key, model);
    }
    return model;
  }

  #object(problem: ChainProblem, text: string, count = 1): void {
    this.#counts.set(problem, (this.#counts.get(problem) ?? 0) + count);
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(`${problem}: ${text}`);
  }
}
