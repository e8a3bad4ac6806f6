/** Coordinators of real processes that have one store and one cluster: which of them leads. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../support/app-folder.ts";
import { binary, lineOf, runBinary, startBinary, type Started } from "../support/binary.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
const cwd = folder.path;
const children: Started[] = [];
beforeAll(binary, 60_000);
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

test("two coordinators of one cluster, with one store: one leads", async () => {
  const store = `file://${cwd}/shared`;
  const args = (data: string): string[] => {
    const listen = ["--listen", "127.0.0.1:0", "--http", "off"];
    return ["coordinator", ...listen, "--store", store, "--data", data, "--json"];
  };
  const started = async (data: string): Promise<[Started, string]> => {
    const child = await startBinary(args(data), { cwd });
    children.push(child);
    const [line] = await lineOf(child.stdout, /\{.*"started".*\}/);
    const { listen } = JSON.parse(line) as { listen: { host: string; port: number } };
    return [child, `${listen.host}:${listen.port}`];
  };
  const [first, where] = await started("one");
  // Brought back from a copy elsewhere, say, while the original is alive.
  cpSync(join(cwd, "one"), join(cwd, "copy"), { recursive: true });
  const refused = await runBinary(args("copy"), { cwd });
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`the coordinator at ${where} (`),
  ]);
  expect(refused.stderr).toContain(`/one/cluster) leads this cluster, in ${store}: stop it, or`);
  // It is the same folder: nobody has to wait for the lease of the process before.
  first.kill("SIGKILL");
  await first.exited;
  const [again] = await started("one");
  again.kill("SIGKILL");
  await again.exited;
  // It is another one: the lease has to run out.
  const [second] = await started("copy");
  second.kill("SIGTERM");
  expect(await second.exited).toBe(0);
  const [last] = await started("one");
  last.kill("SIGTERM");
  expect(await last.exited).toBe(0);
});
