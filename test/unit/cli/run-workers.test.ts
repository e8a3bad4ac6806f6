import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { run } from "../../../src/cli/run.ts";
import { levelArgs, workerArgs } from "../../../src/cli/run-workers.ts";
import { worker } from "../../../src/cli/worker.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("a worker is told all that it needs, and the place of the token, never the token", () => {
  const join = { host: "127.0.0.1", port: 7 };
  const words = workerArgs("w1", { join, data: "/d", tokenFile: "/d/token" });
  expect(words.slice(0, 5)).toEqual(["worker", "--join", "127.0.0.1:7", "--name", "w1"]);
  for (const option of words.filter((word) => word.startsWith("--"))) {
    const known = Object.keys(worker.options);
    expect(known).toContain(option.slice(2).replace(/-(.)/g, (_, c: string) => c.toUpperCase()));
  }
  // Else one that reads --processes from the environment would start workers of its own.
  expect(words.join(" ")).toContain("--processes 1");
});

test("levels of steps are handed on", () => {
  const words = levelArgs([
    [undefined, "warn"],
    ["split", "debug"],
  ]);
  expect(words).toEqual(["--log-level", "warn", "--log-level", "split=debug"]);
});

test.each([
  ["--watch", "--watch is for one process"],
  ["--worker=x", "--worker names the one of one process"],
])("%s and --workers exclude each other", async (word, why) => {
  const io = new FakeIo();
  expect(await cli(["run", "./app.ts", "--workers", "2", word], io, [run])).toBe(2);
  expect(io.stderr.text).toContain(why);
});

test.each(["0", "1.5", "two", "100000"])("%s is no number of workers", async (count) => {
  const io = new FakeIo();
  expect(await cli(["run", "./app.ts", "--workers", count], io, [run])).toBe(2);
  expect(io.stderr.text).toContain("--workers");
});
