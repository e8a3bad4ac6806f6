import { expect, test } from "bun:test";
import { AppFolder } from "../../support/app-folder.ts";
import { runBinary } from "../../support/binary.ts";

test("a store without checkpoints is listed and checked, and has no job", async () => {
  using folder = new AppFolder({ ".wallaroo/store/cluster": "" });
  const ask = (...args: readonly string[]) =>
    runBinary(["checkpoint", ...args], { cwd: folder.path });
  const store = `file://${folder.path}/.wallaroo/store`;
  expect((await ask("ls")).stdout).toBe(`no checkpoints in ${store}\n`);
  const verified = await ask("verify");
  expect([verified.status, verified.stderr]).toEqual([
    1,
    expect.stringContaining(`no files of checkpoints in ${store}: is it the right store? Name it`),
  ]);
  const dumped = await ask("dump", "counts", "count");
  expect(dumped.status).toBe(1);
  expect(dumped.stderr).toMatch(/has no job counts; there are: none/);
});
