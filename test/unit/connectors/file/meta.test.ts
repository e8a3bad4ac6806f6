import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { app, file, memory, utf8 } from "../../../../src/api/mod.ts";
import { systemDisk } from "../../../../src/storage/system-disk.ts";
import { runPipeline, testPorts } from "../../../support/run-app.ts";

test("a step can ask which file a record came from", async () => {
  const folder = await mkdtemp(join(tmpdir(), "meta-"));
  await Bun.write(join(folder, "a.txt"), "one\ntwo\n");
  await Bun.write(join(folder, "b.txt"), "three\n");
  const named = app("named", (flow) => {
    flow
      .source("lines", file.read({ path: folder, decode: utf8 }))
      .map("file", (line, ctx) => `${String(ctx.meta?.["path"]).slice(folder.length + 1)} ${line}`)
      .sink("out", memory.sink<string>().sink);
  });
  const ports = { ...testPorts(), disk: systemDisk() };
  const { sinks } = await runPipeline(await named.build({}), { ports });
  await rm(folder, { recursive: true });
  expect(sinks["out"]!.map(String).sort()).toEqual(["a.txt one", "a.txt two", "b.txt three"]);
});
