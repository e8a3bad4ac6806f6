import { expect, test } from "bun:test";
import { app, file, generator, max, memory, utf8 } from "../../../src/api/mod.ts";
import { SimDisk, testApp } from "../../../src/testing/mod.ts";
import { graph } from "../../support/test-graphs.ts";

test("a job whose sources have all ended is settled when it has ended", async () => {
  const close = graph("close", (s) =>
    s.collect("all").aggregate("n", { last: max((n: number) => n) }, { emit: "on close" }),
  );
  await using t = await testApp(close);
  t.feed("in", [1, 2]);
  expect(await t.collect("out")).toEqual([]);
  t.end("in");
  expect(await t.collect("out")).toEqual([{ key: "", last: 2 }]);
  expect(t.status().state).toBe("finished");
});

test("files of a simulated disk are read and written by connectors that are kept", async () => {
  const copy = app("copy", (flow) => {
    flow
      .source("in", file.read({ path: "/in.txt", frame: "lines", decode: utf8 }))
      .map("upper", (line) => line.toUpperCase())
      .sink("out", file.write({ path: "/out", frame: "lines", encode: utf8 }));
  });
  const disk = new SimDisk();
  disk.put("/in.txt", "one\ntwo\n");
  await using t = await testApp(copy, { keep: ["in", "out"], disk });
  await t.settle();
  expect(t.status().state).toBe("finished");
  const written = disk.paths().filter((path) => path.startsWith("/out"));
  expect(written.map((path) => disk.text(path)).join("")).toBe("ONE\nTWO\n");
});

test("a generator with a rate gives as many records as time has passed", async () => {
  const paced = app("paced", (flow) => {
    flow
      .source("in", generator({ make: (i) => i, rate: 10 }))
      .sink("out", memory.sink<number>().sink);
  });
  await using t = await testApp(paced, { keep: ["in"] });
  await t.advance("2s");
  const count = (await t.collect("out")).length;
  expect(count).toBeGreaterThanOrEqual(15);
  expect(count).toBeLessThanOrEqual(25);
});
