import { expect, test } from "bun:test";
import { checkpoints, restore, savepoint } from "../../../src/cli/checkpoints.ts";

test("what a cluster is asked about checkpoints wants the name of a job", () => {
  for (const { name, args, examples } of [checkpoints, savepoint, restore]) {
    expect(Object.values(args).map(({ isRequired }) => isRequired)).toEqual([true]);
    expect(examples[0]![0]).toContain(`wallaroo ${name} `);
  }
  expect(restore.options["acceptDuplicates"]!.fallback).toBe(false);
});
