import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli } from "../../../src/cli/cli.ts";
import { explain } from "../../../src/cli/explain.ts";
import { FakeIo } from "../../support/fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "wallaroo-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, "apps", "shout"), { recursive: true });
writeFileSync(
  join(folder, "apps", "shout", "app.ts"),
  `import { app, stdin, stdout, utf8 } from "wallaroo";
export default app("shout", (flow) => {
  flow
    .source("lines", stdin({ decode: utf8 }))
    .map("louder", (line) => line.toUpperCase())
    .sink("out", stdout({ encode: utf8 }));
});
`,
);
writeFileSync(
  join(folder, "open.ts"),
  `import { app, stdin, utf8 } from "wallaroo";
export default app("open", (flow) => {
  flow.source("lines", stdin({ decode: utf8 })).map("lines", (line) => line);
});
`,
);

async function explained(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo({ cwd: folder });
  const status = await cli(["explain", ...argv], io, [explain]);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

test("an app is explained as text, as a picture and as data", async () => {
  const text = await explained("shout");
  expect([text.status, text.err]).toEqual([0, ""]);
  expect(text.out).toContain("app shout, graph ");
  expect(text.out).toContain("louder  map  from lines");
  const picture = await explained("apps/shout/app.ts", "--mermaid");
  expect(picture.out).toStartWith("flowchart LR\n");
  const data = JSON.parse((await explained("shout", "--json")).out) as Record<string, unknown>;
  expect(data["steps"]).toMatchObject([{ name: "lines" }, { name: "louder" }, { name: "out" }]);
  expect(data["plan"]).toMatchObject({ app: "shout", workers: 1 });
});

test("every mistake in a graph is told, with its place", async () => {
  const { status, out, err } = await explained("open.ts");
  expect([status, out]).toEqual([1, ""]);
  expect(err).toContain('error: app "open" has 3 problems:');
  expect(err).toContain("it has no sink");
  expect(err).toMatch(/two steps are called "lines" \(.*open\.ts:3 and .*open\.ts:3\)/);
});

test("two forms at once are refused", async () => {
  const { status, err } = await explained("shout", "--json", "--mermaid");
  expect(status).toBe(2);
  expect(err).toContain("--mermaid and --json exclude each other");
});
