import { expect, test } from "bun:test";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";

const entry = join(import.meta.dir, "../../../src/main.ts");

function spawned(argv: readonly string[]) {
  return Bun.spawn([process.execPath, entry, ...argv], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
}

test("the process has the streams and the status of its command", async () => {
  const child = spawned(["version", "--json"]);
  const [out, err, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  expect([err, status]).toEqual(["", 0]);
  expect(JSON.parse(out)).toMatchObject({ bun: Bun.version });
});

test("a mistyped command has status 2, without colours in a pipe", async () => {
  const child = spawned(["versoin"]);
  const [err, status] = await Promise.all([child.stderr.text(), child.exited]);
  expect(status).toBe(2);
  expect(err).toStartWith('error: there is no command "versoin"; did you mean version?');
});

test("a signal is the command's to answer", async () => {
  const child = spawned(["receive", ":0", "--json"]);
  const reader = child.stderr.getReader();
  await reader.read();
  child.kill("SIGTERM");
  const [out, status] = await Promise.all([child.stdout.text(), child.exited]);
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ending: "interrupt" });
});

test("much output arrives whole", async () => {
  const child = spawned(["completions", "bash"]);
  const out = await child.stdout.text();
  expect(out).toEndWith("complete -o default -F _wallaroo wallaroo\n");
});

test.skipIf(!existsSync("/dev/full"))("an output that cannot be written is told", async () => {
  const full = openSync("/dev/full", "w");
  const child = Bun.spawn([process.execPath, entry, "version"], { stdout: full, stderr: "pipe" });
  const [err, status] = await Promise.all([child.stderr.text(), child.exited]);
  closeSync(full);
  expect([status, err]).toEqual([
    1,
    "error: the output cannot be written: the disk behind it is full\n",
  ]);
});
