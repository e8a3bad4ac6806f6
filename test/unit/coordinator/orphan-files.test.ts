import { expect, test } from "bun:test";
import { orphanFiles, type OrphanQuestion } from "../../../src/coordinator/orphan-files.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";

const PREFIX = "jobs/a-1/";

function manifest(epoch: number, ...names: readonly string[]): Manifest {
  const files = names.map((name) => ({ name: PREFIX + name, size: 1, sha256: "", epoch }));
  return { ...base, epoch, tasks: [{ steps: [], files }] };
}

const base: Omit<Manifest, "epoch" | "tasks"> = {
  generation: { leaderEpoch: 1, attempt: 1 },
  app: "a",
  graphHash: "ab",
  keyGroups: 256,
  at: 0,
  tookMs: 0,
  isFinal: false,
  states: [],
  positions: [],
  committables: [],
};

function orphans(more: Partial<OrphanQuestion> & { readonly names: Record<string, number> }) {
  const { names, ...rest } = more;
  const newest = rest.newest ?? manifest(9, "9-0-0-1.1.seg", "3-0-0-1.1.seg");
  const blobs = Object.entries(names).map(([name, modifiedMs]) => {
    return { name: PREFIX + name, size: 1, modifiedMs };
  });
  const fixed = { prefix: PREFIX, kept: [], unknownTo: -1, graceMs: 100 };
  const question = { ...fixed, blobs, newest, ...rest };
  return orphanFiles(question).map(({ name }) => name.slice(PREFIX.length));
}

const RECENT = { "9-0-0-1.1.seg": 1_000 };

test("files that nobody names, of epochs that are over, are orphans, the oldest first", () => {
  const names = { "10-0-0-1.1.seg": 0, "8-0-0-1.1.seg": 0, "2-1-0-1.1.seg": 0, ...RECENT };
  expect(orphans({ names })).toEqual(["2-1-0-1.1.seg", "8-0-0-1.1.seg"]);
});

test("what a checkpoint or a savepoint names stays", () => {
  const names = { "3-0-0-1.1.seg": 0, "2-0-0-1.1.seg": 0, "1-0-0-1.1.seg": 0, ...RECENT };
  const kept = [manifest(2, "2-0-0-1.1.seg")];
  expect(orphans({ names, kept })).toEqual(["1-0-0-1.1.seg"]);
});

test("what is young against the newest file stays", () => {
  const names = { "2-0-0-1.1.seg": 900, "2-1-0-1.1.seg": 899, ...RECENT };
  expect(orphans({ names })).toEqual(["2-1-0-1.1.seg"]);
});

test("what is no file of a checkpoint is left alone", () => {
  const names = {
    "savepoints/sp-1": 0,
    "sinks/release/1-0-0-1.1.seg": 0,
    "ingest/ab/1-2": 0,
    "1-0-0-1.1.tmp": 0,
    "x-0.seg": 0,
    ...RECENT,
  };
  expect(orphans({ names })).toEqual([]);
});

test("what is as old as a savepoint that cannot be read stays", () => {
  const names = { "3-1-0-1.1.seg": 0, "2-0-0-1.1.seg": 0, "4-0-0-1.1.seg": 0, ...RECENT };
  expect(orphans({ names, unknownTo: 3 })).toEqual(["4-0-0-1.1.seg"]);
});
