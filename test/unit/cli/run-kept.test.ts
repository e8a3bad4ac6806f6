import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { run } from "../../../src/cli/run.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("--watch and --data exclude each other: what is watched keeps no checkpoints", async () => {
  const io = new FakeIo();
  expect(await cli(["run", "./app.ts", "--watch", "--data", "data"], io, [run])).toBe(2);
  expect(io.stderr.text).toContain("--watch keeps no checkpoints");
});
