import { expect, test } from "bun:test";
import { file, utf8 } from "../../../src/api/mod.ts";
import { connectorWorld, sourceContract } from "../../../src/testing/mod.ts";

test("a connector runs through its contract in a simulated world", async () => {
  const checks = sourceContract(async () => {
    const world = connectorWorld();
    world.disk.put("/in/a.txt", "one\ntwo\n");
    world.disk.put("/in/b.txt", "three\n");
    const source = file.read({ path: "/in", frame: "lines", decode: utf8 });
    return { source, ctx: world.source, records: [["one", "two"], ["three"]] };
  });
  expect(checks.length).toBeGreaterThan(4);
  for (const check of checks) await check.run();
});

test("contexts say what a connector is told, and standard input is refused", () => {
  const world = connectorWorld();
  expect(world.sink({ index: 3, generation: 2 })).toMatchObject({
    job: "job",
    sink: "out",
    index: 3,
    generation: 2,
  });
  world.source.log.warn("odd");
  expect(world.log.lines.map(({ text }) => text)).toEqual(["odd"]);
  expect(() => world.source.stdio.input()).toThrow("a test has no standard input");
});
