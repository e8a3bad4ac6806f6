import { expect, test } from "bun:test";
import { AppFolder } from "../../support/app-folder.ts";
import { runBinary } from "../../support/binary.ts";

test("a store without checkpoints is listed and checked, and has no job", async () => {
  using folder = new AppFolder();
  const ask = (...args: readonly string[]) =>
    runBinary(["checkpoint", ...args], { cwd: folder.path });
  expect((await ask("ls")).stdout).toBe("no checkpoints\n");
  expect((await ask("verify")).stdout).toBe("0 checkpoints, 0 files, 0 problems\n");
  const dumped = await ask("dump", "counts", "count");
  expect(dumped.status).toBe(1);
  expect(dumped.stderr).toMatch(/has no job counts; there are: none/);
});
