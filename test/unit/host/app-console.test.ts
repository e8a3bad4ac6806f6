import { expect, test } from "bun:test";

const MODULE = JSON.stringify(`${import.meta.dir}/../../../src/host/app-console.ts`);

/** In a process of its own: the console of this one is that of the test runner. */
async function printed(code: string): Promise<{ stdout: string; stderr: string }> {
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { stdout, stderr };
}

test("what an app prints by console goes to standard error, in order and whole", async () => {
  const { stdout, stderr } = await printed(`
    (await import(${MODULE})).consoleToStderr();
    console.log("first", { a: 1 });
    console.error("second");
    console.info("third");
    console.table([{ b: 2 }]);
    process.stdout.write("data");`);
  expect(stdout).toBe("data");
  expect(stderr).toStartWith("first { a: 1 }\nsecond\nthird\n");
  expect(stderr).toContain("(index)");
});
