import { expect, test } from "bun:test";

const MODULE = JSON.stringify(`${import.meta.dir}/../../../src/host/app-exit.ts`);

test("who listens is told at the end of the turn, also where the throw is caught", async () => {
  const code = `
    const { exitProcess, onExitAsked, refuseExit } = await import(${MODULE});
    refuseExit();
    const told = [];
    const ignore = onExitAsked((error) => told.push(error.code + " " + error.message));
    const ask = () => { try { process.exit(3); } catch { told.push("caught"); } };
    ask();
    await new Promise((resolve) => setImmediate(resolve));
    ignore();
    ask();
    await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify(told));
    exitProcess(0);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  expect(JSON.parse(text)).toEqual([
    "caught",
    expect.stringMatching(/^user_function step code called process\.exit\(3\), .*, and went on: /),
    "caught",
  ]);
});

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
