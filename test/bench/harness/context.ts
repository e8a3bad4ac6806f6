/** What a case is given, and what it gives back. */
import type { Figure } from "./results.ts";

export interface Context {
  /** The command of the binary, or of the sources. */
  readonly binary: readonly string[];
  /** A folder for copies of apps and for inputs, outside the repository. */
  readonly folder: string;
  readonly seed: number;
  /** How often, and for how long each; undefined: what the case thinks right. */
  readonly runs: number | undefined;
  readonly seconds: number | undefined;
  /** Begins or ends the priority of `--nice`. Not for full load: the kernel's work would wait. */
  prefer(on: boolean): void;
  say(text: string): void;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly command: string;
  readonly check: string;
  readonly details: readonly unknown[];
}

export interface BenchCase {
  readonly name: string;
  readonly about: string;
  measure(ctx: Context): Promise<Measured>;
}

/** @throws when a loss check fails: then nothing was measured */
export function check(what: string, got: unknown, expected: unknown): void {
  if (Object.is(got, expected)) return;
  throw new Error(`not measured: ${what}: ${String(got)}, expected ${String(expected)}`);
}
