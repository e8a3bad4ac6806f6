import { expect, test } from "bun:test";
import { check } from "../../../src/cli/check.ts";
import { cli } from "../../../src/cli/cli.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

async function checked(folder: AppFolder, ...argv: string[]) {
  const io = new FakeIo({ cwd: folder.path });
  const status = await cli(["check", ...argv, "--no-types"], io, [check]);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

const counting = `import { app, stdin, stdout, state, utf8 } from "wallaroo";
const tally = state(() => ({ n: 0 }), { version: 4, ttl: { after: "10m" } });
export default app("counting", (flow) => {
  flow
    .source("lines", stdin({ decode: utf8 }))
    .keyBy("line", (line) => line)
    .mapWithState("count", tally, (line, s) => \`\${line} \${++s.n}\`)
    .sink("out", stdout({ encode: utf8 }));
});
`;

test("a good app is told with its states", async () => {
  using folder = new AppFolder({ "apps/counting/app.ts": counting });
  const { status, out } = await checked(folder, "counting");
  expect(status).toBe(0);
  expect(out).toBe(`counting (apps/counting/app.ts): its graph is good, 4 steps
STATE  KIND   VERSION  DROPPED
count  value  4        after 10 min (processing time)
`);
  using plain = new AppFolder({ "plain.ts": lineApp("plain", "line") });
  expect((await checked(plain, "./plain.ts")).out).toContain("It keeps no state.");
});

test("a mistake in the graph is told with its place, and the status is 1", async () => {
  using folder = new AppFolder({ "twice.ts": lineApp("twice", "line").replace("step", "lines") });
  const { status, out, err } = await checked(folder, "./twice.ts");
  expect([status, out]).toEqual([1, ""]);
  expect(err).toContain("twice.ts:");
  expect(err).toContain('"lines"');
});

test("programs get everything as one object", async () => {
  using folder = new AppFolder({
    "counting.ts": counting,
    "throws.ts": 'import "wallaroo";\nthrow new Error("no");',
  });
  expect(JSON.parse((await checked(folder, "./counting.ts", "--json")).out)).toEqual({
    isGood: true,
    app: "counting",
    file: `${folder.path}/counting.ts`,
    types: null,
    problem: null,
    steps: 4,
    states: [
      {
        step: "count",
        part: "",
        kind: "value",
        version: 4,
        ttl: { afterMs: 600_000, time: "processing" },
      },
    ],
  });
  const bad = await checked(folder, "./throws.ts", "--json");
  expect(bad.status).toBe(1);
  expect(JSON.parse(bad.out)).toMatchObject({
    isGood: false,
    problem: { code: "app_throws", message: expect.stringContaining("throws.ts:2:") },
  });
});

test("an app that is not there is told before anything is checked", async () => {
  using folder = new AppFolder();
  const { status, err } = await checked(folder, "./none.ts");
  expect(status).toBe(1);
  expect(err).toContain("there is no file");
});
