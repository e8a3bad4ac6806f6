/** What the store says when all processes are dead, read by the binary without a cluster. */
import type { BalanceChecker } from "../oracle/balance-checker.ts";
import { type ChainLedger, WIDTH } from "../oracle/chain-ledger.ts";
import type { Processes } from "./processes.ts";

const PROBLEMS_MAX = 20;

interface Dumped<S> {
  readonly key: string;
  readonly state: S;
}

export class Stored {
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  /** Problems with the files of all checkpoints. */
  async verify(): Promise<readonly string[]> {
    const { code, text, errors } = await this.#run("verify");
    return code === 0 ? [] : [text, errors];
  }

  /** Whether the newest checkpoint has the last link of each key's chain. */
  async chains(ledger: ChainLedger): Promise<readonly string[]> {
    const problems: string[] = [];
    let found = 0;
    interface Chain {
      readonly chain: { readonly count: number; readonly hash: number };
    }
    for (const { key, state } of await this.#dump<Chain>("chain")) {
      found++;
      const records = ledger.of(key);
      const wanted = { count: records.length / WIDTH, hash: records.at(1 - WIDTH) };
      const { count, hash } = state.chain;
      if (count === wanted.count && hash === wanted.hash) continue;
      problems.push(`key ${key} is kept as ${count} ${hash}, wanted ${JSON.stringify(wanted)}`);
    }
    const keys = [...ledger.keys()].length;
    if (found !== keys) problems.push(`${found} keys are kept, of ${keys}`);
    return problems.slice(0, PROBLEMS_MAX);
  }

  /** Whether the balances of the newest checkpoint are those that the ledger says. */
  async balances(checker: BalanceChecker): Promise<readonly string[]> {
    const kept = await this.#dump<{ readonly cents: number }>("balance");
    return checker.compare(kept.map(({ key, state }) => [key, state.cents] as const));
  }

  async #dump<S>(step: string): Promise<readonly Dumped<S>[]> {
    const { code, text, errors } = await this.#run("dump", "kill", step);
    if (code !== 0) throw new Error(errors);
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Dumped<S>); // Of our own binary and app.
  }

  async #run(...args: readonly string[]) {
    const { binary, folder, env, storeArgs } = this.#processes;
    const child = Bun.spawn([binary, "checkpoint", ...args, ...storeArgs], {
      cwd: folder,
      env,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [text, errors, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, text, errors };
  }
}
