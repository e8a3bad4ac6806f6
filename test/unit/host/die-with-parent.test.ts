import { expect, test } from "bun:test";
import { join } from "node:path";

const MODULE = JSON.stringify(join(import.meta.dir, "../../../src/host/die-with-parent.ts"));

/** A child that says it is there and then hears of nothing, for longer than a test may take. */
const CHILD = `
  await (await import(${MODULE})).dieWithParent();
  require("fs").writeSync(1, "looping\\n");
  const begun = performance.now();
  while (performance.now() - begun < 60_000);`;
const PARENT = `
  Bun.spawn([process.execPath, "-e", ${JSON.stringify(CHILD)}], { stdio: ["ignore", 1, 2] });
  setInterval(() => undefined, 1_000);`;

test.skipIf(process.platform !== "linux")(
  "a child in a loop without end ends with a parent that was killed",
  async () => {
    const parent = Bun.spawn([process.execPath, "-e", PARENT], { stdout: "pipe" });
    const reader = parent.stdout.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe("looping\n");
    parent.kill("SIGKILL");
    // The child has the other end of the pipe, until it is gone.
    expect((await reader.read()).done).toBe(true);
  },
);
