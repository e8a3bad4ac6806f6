/** What generated code names and defines, while it is being generated. */
import type { ChainRuntime } from "./runtime.ts";

export class CodeScope {
  readonly chain: ChainRuntime;
  readonly isCounting: boolean;
  /** Everything that the code sees: the parameters of the generated function. */
  readonly bindings: Record<string, unknown> = {};
  /** Functions of their own, by name. */
  readonly functions = new Map<string, string>();
  /** The table that finds its entries by the numbers of keys: of the first step that has one. Empty
   *  while there is none yet, undefined where keys have no numbers. */
  numbered: string | undefined = undefined;
  #names = 0;

  constructor(chain: ChainRuntime, isCounting: boolean) {
    this.chain = chain;
    this.isCounting = isCounting;
  }

  bind(name: string, value: unknown): void {
    this.bindings[name] = value;
  }

  /** A name that nothing else has. */
  fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Counts a record into or out of a step, where that is wanted. */
  count(id: number, what: "in" | "out"): string {
    return this.isCounting ? `${what}${id}++;\n` : "";
  }
}
