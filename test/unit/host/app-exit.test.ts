import { expect, test } from "bun:test";

const MODULE = JSON.stringify(`${import.meta.dir}/../../../src/host/app-exit.ts`);

test("process.exit throws with its status, and the end of our own is one", async () => {
  // In a process of its own: this one is the test runner's.
  const code = `
    const { exitProcess, refuseExit } = await import(${MODULE});
    refuseExit();
    for (const call of [() => process.exit(0), () => globalThis.process.exit()]) {
      try { call(); } catch (error) { console.log(error.code, error.message.split(",")[0]); }
    }
    exitProcess(7);
    console.log("not reached");`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const [text, status] = [await new Response(child.stdout).text(), await child.exited];
  expect(text.split("\n")).toEqual([
    "app_exits step code called process.exit(0)",
    "app_exits step code called process.exit()",
    "",
  ]);
  expect(status).toBe(7);
});
