/** The contract of sources, as tests of bun. */
import { test } from "bun:test";
import { type SourceCase, sourceContract } from "../../src/testing/source-contract.ts";

export type { SourceCase };

export function testSourceContract<T>(name: string, make: () => Promise<SourceCase<T>>): void {
  for (const check of sourceContract(make)) test(`${name}: ${check.name}`, () => check.run());
}
