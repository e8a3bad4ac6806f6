/** The command from its words on, with the real loader and job. */
import { afterAll, expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { run } from "../../../src/cli/run.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

const folder = new AppFolder();
afterAll(() => folder[Symbol.dispose]());

async function wallaroo(...words: string[]): Promise<{ status: number; io: FakeIo }> {
  const io = new FakeIo({ cwd: folder.path });
  const status = await cli(["run", ...words, "--http", "off"], io, [run]);
  return { status, io };
}

const FILE_APP = `import { app, generator, memory, options, text } from "wallaroo";
export default app("made", options({ word: text("x") }), (flow, o) => {
  flow
    .source("in", generator({ count: 3, make: (i) => o.word + i }))
    .map("check", (word) => { if (word === "bad2") throw new Error("it is bad"); return word; })
    .sink("out", memory.sink().sink);
});
`;

test("a job that finishes is told with its counts, status 0", async () => {
  folder.write("apps/made/app.ts", FILE_APP);
  const { status, io } = await wallaroo("made", "--job", "j1", "--worker", "w-1");
  expect([status, io.stderr.text]).toEqual([0, ""]);
  expect(io.stdout.text).toContain(`app    made as job j1 (${folder.path}/apps/made/app.ts)`);
  expect(io.stdout.text).toContain("http   off");
  expect(io.stdout.text).toContain("cache  ");
  expect(io.stdout.text).toMatch(/source {2}in +3 /);
  expect(io.stdout.text).toContain("all input was consumed");
});

test("a job that fails is told with step, record, file and line, status 1", async () => {
  const { status, io } = await wallaroo("made", "--set", "word=bad", "-q");
  expect(status).toBe(1);
  expect(io.stderr.text).toContain('step "check"');
  expect(io.stderr.text).toContain('"bad2"');
  expect(io.stderr.text).toContain(`${folder.path}/apps/made/app.ts:5:`);
});

test("an app that does not exist is an error with those that do", async () => {
  const { status, io } = await wallaroo("mad");
  expect(status).toBe(1);
  expect(io.stderr.text).toContain('did you mean "made"');
});

test("flags that are wrong are told before anything is loaded, status 2", async () => {
  for (const words of [
    ["made", "--http", "nowhere"],
    ["made", "--for", "soon"],
    ["made", "--set", "word"],
    ["made", "--log-level", "loud"],
    [],
  ]) {
    const io = new FakeIo({ cwd: folder.path });
    expect(await cli(["run", ...words], io, [run])).toBe(2);
  }
});
