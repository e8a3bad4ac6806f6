import { expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../../support/app-folder.ts";
import { runBinary } from "../../support/binary.ts";
import { flipBit, LEFT_APP } from "../../support/left-run.ts";

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

/** Two jobs whose checkpoints are in one store. */
async function runBoth(folder: AppFolder): Promise<string> {
  const cwd = folder.path;
  for (const name of ["first", "second"]) {
    folder.write(`${name}.ts`, LEFT_APP.replace("counts", name).replace('"out" ', `"${name}" `));
    const ran = await runBinary(["run", `./${name}.ts`, "--data", "d", "--http", "off"], { cwd });
    expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  }
  return cwd;
}

test("a damaged record of one job hides no damaged file of another", async () => {
  using folder = new AppFolder({ "in.txt": "1\n2\n" });
  const cwd = await runBoth(folder);
  const newest = (where: string, job: string, end: string): string => {
    const all = (readdirSync(join(cwd, "d/run/store", where), { recursive: true }) as string[])
      .filter((path) => path.includes(`${job}-`) && path.endsWith(end))
      .sort();
    return join(cwd, "d/run/store", where, all.at(-1)!);
  };
  flipBit(newest("logs/jobs", "first", ".rec"));
  flipBit(newest("blobs/jobs", "second", ".seg"));
  const ask = (...args: readonly string[]) =>
    runBinary(["checkpoint", ...args, "--data", "d"], { cwd });
  const verified = await ask("verify");
  expect(verified.stdout).toMatch(/^first-[0-9a-f]{12}: .*is damaged/m);
  expect(verified.stdout).toMatch(/^second-[0-9a-f]{12}, checkpoint \d+: .*is damaged/m);
  expect(verified.stdout).toMatch(/, \d+ problems$/m);
  expect([verified.status, verified.stderr]).toEqual([
    1,
    expect.stringMatching(/\d+ problems in .*: put files back from a copy/),
  ]);
  const listed = await ask("ls", "--json");
  expect(listed.status).toBe(1);
  const told = JSON.parse(listed.stdout) as Record<string, { job: string }[]>;
  const names = (key: string): string[] => told[key]!.map(({ job }) => job.replace(/-.*/, ""));
  expect(new Set(names("checkpoints"))).toEqual(new Set(["second"]));
  expect(names("problems")).toEqual(["first"]);
});

test("what a job that ended in good order has written is committed", async () => {
  using folder = new AppFolder({ "in.txt": "1\n2\n", "app.ts": LEFT_APP });
  const cwd = folder.path;
  const ran = await runBinary(["run", "./app.ts", "--data", "d", "--http", "off"], { cwd });
  expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  folder.write("app.ts", LEFT_APP.replace('.sink("out"', '.sink("other"'));
  const against = ["check", "./app.ts", "--no-types", "--against", "counts"];
  const known = await runBinary([...against, "--data", "d"], { cwd });
  expect([known.status, known.stderr]).toEqual([0, ""]);
  expect(known.stdout).toContain("It can go on from there.");
  // Only the store is known then.
  const unknown = await runBinary([...against, "--store", `file://${cwd}/d/run/store`], { cwd });
  expect([unknown.status, unknown.stderr]).toEqual([
    1,
    expect.stringContaining('output of sink "out", which the app does not have, may not be'),
  ]);
});

test("a job of which every file is gone is damaged, and hides no other", async () => {
  using folder = new AppFolder({ "in.txt": "1\n2\n" });
  const cwd = await runBoth(folder);
  const jobs = join(cwd, "d/run/store/blobs/jobs");
  for (const name of readdirSync(jobs)) {
    if (name.startsWith("first-")) rmSync(join(jobs, name), { recursive: true });
  }
  const verified = await runBinary(["checkpoint", "verify", "--data", "d"], { cwd });
  expect(verified.status).toBe(1);
  expect(verified.stdout).toMatch(/^first-[0-9a-f]{12}, checkpoint \d+: .* is missing/m);
  expect(verified.stdout).not.toContain("second");
  const one = await runBinary(["checkpoint", "verify", "first", "--data", "d"], { cwd });
  expect(one.stdout).toMatch(/^first-[0-9a-f]{12}, checkpoint \d+: .* is missing/m);
});
