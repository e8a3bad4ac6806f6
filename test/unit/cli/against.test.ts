import { expect, test } from "bun:test";
import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../../src/cli/check.ts";
import { cli } from "../../../src/cli/cli.ts";
import { importSavepoint } from "../../../src/host/import-savepoint.ts";
import { openStoreParts } from "../../../src/host/store-parts.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";
import { exported, LINEAGE, saved } from "../../support/zip-world.ts";

const keeping = (step: string, version = 1): string => `
import { app, stdin, stdout, state, utf8 } from "wallaroo";
export default app("test", (flow) => {
  flow
    .source("lines", stdin({ decode: utf8 }))
    .keyBy("line", (line) => line)
    .mapWithState("${step}", state(() => ({ n: 0 }), { version: ${version} }), (_, s) => "" + ++s.n)
    .sink("out", stdout({ encode: utf8 }));
});
`;

async function against(app: string, checkpoint: string, ...more: string[]) {
  using folder = new AppFolder({ "it.ts": app });
  writeFileSync(join(folder.path, "kept.zip"), await exported(await saved()));
  const io = new FakeIo({ cwd: folder.path });
  const argv = ["check", "./it.ts", "--no-types", "--against", checkpoint, ...more];
  const status = await cli(argv, io, [check]);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

test("what becomes of each state is told, of a savepoint in a file", async () => {
  const { status, out } = await against(keeping("value"), "kept.zip");
  expect(status).toBe(0);
  expect(out).toEndWith(`
against checkpoint 7 of test, taken 2026-02-03T00:00:00.000Z:
STATE  BECOMES  VERSION
value  kept     1
It can go on from there.
`);
});

test("what is in the way is an error", async () => {
  const renamed = await against(keeping("sum"), "kept.zip");
  expect(renamed.status).toBe(1);
  expect(renamed.out).toContain("value  dropped  1 -> none");
  expect(renamed.out).toContain("sum    new      none -> 1");
  expect(renamed.err).toContain('the state "value", which the app does not have');
  expect(renamed.err).toContain('was it renamed to "sum"?');
  const grown = await against(keeping("value", 2), "kept.zip", "--json");
  expect(grown.status).toBe(1);
  expect(JSON.parse(grown.out)).toMatchObject({
    isGood: false,
    against: {
      checkpoint: 7,
      problems: [expect.stringContaining("add upgrade(old, fromVersion)")],
    },
  });
});

test("files of a checkpoint of a store have to be there, and as long as they were", async () => {
  using folder = new AppFolder({ "it.ts": keeping("value") });
  const zip = join(folder.path, "kept.zip");
  writeFileSync(zip, await exported(await saved()));
  await importSavepoint(await openStoreParts(`file://${folder.path}/store`), zip);
  const inside = join(folder.path, "store/blobs/jobs", LINEAGE);
  const files = readdirSync(inside).filter((name) => name.endsWith(".seg"));
  const [first, second] = files.sort();
  const ask = async (...more: string[]) => {
    const io = new FakeIo({ cwd: folder.path });
    const store = ["--store", `file://${folder.path}/store`];
    const argv = ["check", "./it.ts", "--no-types", "--against", "test@sp-7", ...store, ...more];
    return { status: await cli(argv, io, [check]), out: io.stdout.text, err: io.stderr.text };
  };
  const whole = await ask();
  expect(whole.status).toBe(0);
  expect(whole.out).toContain("It can go on from there.\nIts files are there with their sizes; ");
  expect(whole.out).toEndWith("their bytes are checked by `wallaroo checkpoint verify`.\n");
  truncateSync(join(inside, first!), 10);
  const cut = await ask();
  expect(cut.status).toBe(1);
  expect(cut.err).toMatch(/error: checkpoint 7 is damaged: .*\.seg has 10 bytes, and had \d+\n/);
  expect(cut.out).not.toContain("It can go on");
  rmSync(join(inside, second!));
  const both = await ask("--json");
  const { isGood, against: found } = JSON.parse(both.out);
  expect([both.status, isGood]).toEqual([1, false]);
  expect(found.problems).toEqual([
    expect.stringContaining(`${first} has 10 bytes`),
    expect.stringContaining(`${second} is not there`),
  ]);
});

test("a checkpoint that is not there is an error", async () => {
  const { status, err } = await against(keeping("value"), "counts@12");
  expect(status).toBe(1);
  expect(err).toMatch(/there is no store in .*: name it with --store/);
});
