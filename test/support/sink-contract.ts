/** The contract of sinks that commit, as tests of bun. */
import { test } from "bun:test";
import { type SinkCase, sinkContract } from "../../src/testing/sink-contract.ts";

export type { SinkCase };

export function testSinkContract<T, Pending>(
  name: string,
  make: () => Promise<SinkCase<T, Pending>>,
): void {
  for (const check of sinkContract(make)) test(`${name}: ${check.name}`, () => check.run());
}
