import { expect, test } from "bun:test";
import { dumpStep } from "../../../src/host/dump-step.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { ALL, context, headerOf, SnapshotLab, SPECS } from "../../support/snapshot-lab.ts";

test("states of every kind are shown as plain data", async () => {
  const lab = new SnapshotLab();
  const tables = lab.tables();
  for (const table of tables) table.access("k", 0, context);
  const keeper = lab.keeper(tables, ALL);
  keeper.freeze(1);
  const tasks = await lab.done(keeper.write(1));
  const states = Object.entries(SPECS).map(([step, spec]) => headerOf(step, spec));
  const manifest = { tasks, states, keyGroups: 256 } as unknown as Manifest;
  const shown = (step: string) => dumpStep(lab.ports, manifest, step);
  expect(await shown("value")).toEqual([{ key: "k", state: { n: 0 } }]);
  expect(await shown("map")).toEqual([{ key: "k", state: new Map() }]);
  expect(await shown("list")).toEqual([{ key: "k", state: [] }]);
  expect(await shown("several")).toEqual([
    { key: "k", state: { v: { n: 0 }, m: new Map(), l: [] } },
  ]);
  expect(await shown("other")).toBeUndefined();
});
