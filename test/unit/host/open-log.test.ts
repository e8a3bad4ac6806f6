import { expect, test } from "bun:test";
import { join } from "node:path";
import { AppFolder } from "../../support/app-folder.ts";

const MODULE = join(import.meta.dir, "../../../src/host/open-log.ts");
const LEVELS = join(import.meta.dir, "../../../src/model/log-levels.ts");

const code = (body: string): string => `import { openLog } from ${JSON.stringify(MODULE)};
import { LogLevels } from ${JSON.stringify(LEVELS)};
const levels = new LogLevels("info");
const log = openLog({ levels, isPretty: false, hasColor: false, before: () => "" });
${body}`;

test("the log goes to standard error, a line for each call", async () => {
  using folder = new AppFolder();
  const file = folder.write(
    "p.ts",
    code('log.logger.info("one"); log.logger.warn("two"); await log.flush();'),
  );
  const child = Bun.spawn([process.execPath, file], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(out).toBe("");
  const lines = err.trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(["one", "two"]);
});

test("a log that nobody reads does not stop the process that writes it", async () => {
  using folder = new AppFolder();
  // 20 MB: more than any pipe and our own bound hold.
  const body = `for (let i = 0; i < 20_000; i++) log.logger.info("x".repeat(1_000));
  console.log("done");
  process.exit(0);`;
  const child = Bun.spawn([process.execPath, folder.write("p.ts", code(body))], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await new Response(child.stdout).text()).toBe("done\n");
  expect(await child.exited).toBe(0);
});
