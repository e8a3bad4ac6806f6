import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { simulate } from "../../../src/cli/simulate.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("the command that repeats a seed has what matters, quoted for a shell", async () => {
  using folder = new AppFolder({
    "it's.txt": "a\nb\nc\n",
    "apps/dice.ts": lineApp("dice", "line + Math.random()"),
  });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  const words = ["simulate", "dice", "--input", "lines=it's.txt", "--workers", "2"];
  expect(await cli([...words, "--from", "5", "--json", "--ignore", "a b"], io, [simulate])).toBe(1);
  const found = JSON.parse(io.stdout.text) as Record<string, unknown>;
  expect(found).toMatchObject({ app: "dice", committed: { out: 3 }, same: 0, differ: 1 });
  expect(found["different"]).toEqual([
    {
      seed: 5,
      difference: expect.stringMatching(/^out: 3 missing, such as "a0\.\d+"; 3 too many/),
      again:
        "wallaroo simulate dice --input 'lines=it'\\''s.txt' --ignore 'a b' --workers 2 " +
        "--from 5 --seeds 1",
    },
  ]);
});

test("the time that apps see is in whole milliseconds", async () => {
  using folder = new AppFolder({
    "in.txt": "a\nb\n",
    "apps/whole.ts": lineApp("whole", "line + typeof BigInt(Date.now())"),
  });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  const words = ["simulate", "whole", "--input", "lines=in.txt", "--seeds", "3", "--json"];
  expect(await cli(words, io, [simulate])).toBe(0);
  expect(JSON.parse(io.stdout.text)).toMatchObject({ committed: { out: 2 }, same: 3 });
});
