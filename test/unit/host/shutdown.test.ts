import { expect, test } from "bun:test";
import { join } from "node:path";
import { AppFolder } from "../../support/app-folder.ts";
import { lineOf } from "../../support/binary.ts";

const MODULE = join(import.meta.dir, "../../../src/host/shutdown.ts");

/** A process that listens, says so, and lives until it is ended. */
function start(folder: AppFolder, stops: string, body = "") {
  const file = folder.write(
    "p.ts",
    `import { onShutdown } from ${JSON.stringify(MODULE)};
    onShutdown({
      stop: (signal) => { console.log("stop", signal); return ${stops}; },
      endNow: (signal) => console.log("now", signal),
      uncaught: (error, kind) => { console.log(kind, String(error)); process.exit(7); },
    });
    console.log("ready");
    ${body}
    setInterval(() => {}, 1_000);`,
  );
  return Bun.spawn([process.execPath, file], { stdout: "pipe", stderr: "inherit" });
}

test("the first signal asks, the second ends the process with the signal's status", async () => {
  using folder = new AppFolder();
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = start(folder, "true");
    await lineOf(child.stdout, /ready/);
    child.kill(signal);
    await lineOf(child.stdout, new RegExp(`stop ${signal}`));
    child.kill(signal);
    await lineOf(child.stdout, new RegExp(`now ${signal}`));
    expect(await child.exited).toBe(status);
  }
});

test("while nothing runs, the first signal ends the process", async () => {
  using folder = new AppFolder();
  const child = start(folder, "false");
  await lineOf(child.stdout, /ready/);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(143);
});

test("what nobody handled is told: exceptions and rejections", async () => {
  using folder = new AppFolder();
  const thrown = start(folder, "true", 'setTimeout(() => { throw new Error("a"); }, 0);');
  await lineOf(thrown.stdout, /exception Error: a/);
  expect(await thrown.exited).toBe(7);
  const rejected = start(folder, "true", 'void Promise.reject(new Error("b"));');
  await lineOf(rejected.stdout, /rejection Error: b/);
  expect(await rejected.exited).toBe(7);
});
