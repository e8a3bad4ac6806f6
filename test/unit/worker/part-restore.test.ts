import { expect, test } from "bun:test";
import fc from "fast-check";
import { app, memory, type Source } from "../../../src/api/mod.ts";
import type { Restore } from "../../../src/model/checkpoint.ts";
import { place, placeWishes } from "../../../src/planner/place.ts";
import { plan } from "../../../src/planner/plan.ts";
import {
  dealSplit,
  joinedPosition,
  lostSplits,
  positionsOf,
  readerOf,
} from "../../../src/worker/part-restore.ts";

const restore: Restore = {
  epoch: 3,
  tasks: [],
  committables: [],
  positions: [
    { source: "in", split: "a", position: 7, isDone: false },
    { source: "in", split: "b", position: 9, isDone: true },
    { source: "in", split: "c", position: undefined, isDone: false },
    { source: "other", split: "a", position: 1, isDone: false },
  ],
};

test("splits are read on where the checkpoint says, those of one source", () => {
  expect([...positionsOf(restore, "in")!]).toEqual([
    ["a", 7],
    ["b", 9],
    ["c", undefined],
  ]);
  expect(positionsOf(undefined, "in")).toBeUndefined();
});

test("a split that was not read to its end must be there; others may go", () => {
  expect(lostSplits(restore, "in", ["a"])).toEqual([]);
  expect(lostSplits(restore, "in", ["b", "c", "new"])).toEqual(["a"]);
});

test("a split has one reader, whatever other splits there are", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (split, count) => {
      const place = dealSplit(split, count);
      expect(Number.isInteger(place) && place >= 0 && place < count).toBe(true);
    }),
  );
  expect([0, 1, 2, 3].map((i) => dealSplit(`part-${i}.txt`, 4))).toEqual([0, 1, 2, 3]);
});

test("parts of one position are joined, however many readers told them", () => {
  const join = (parts: readonly unknown[]) => `joined ${parts.join()}`;
  expect(joinedPosition(restore, "in", join)).toBe("joined 7,9");
  expect(joinedPosition(restore, "nothing", join)).toBeUndefined();
  expect(joinedPosition(undefined, "in", join)).toBeUndefined();
});

test("the reader of a split is an instance of the task of its source", async () => {
  const make = (more: Partial<Source<number>>) =>
    app("read", (flow) => {
      const source = { ...memory.source([1]), ...more };
      const { sink } = memory.sink<number>();
      flow.source("in", source, { on: "every worker" }).sink("out", sink);
      flow.source("other", source).sink("elsewhere", sink);
    }).build({});
  const readers = async (more: Partial<Source<number>>, source: string) => {
    const pipeline = await make(more);
    const cut = plan(pipeline, 3);
    const workers = ["w-1", "w-2", "w-3"].map((name) => {
      return { name, data: { host: "h", port: 1 }, host: "h" };
    });
    const placement = place({ plan: cut, wishes: placeWishes(pipeline), workers });
    const task = cut.tasks.findIndex(({ sources }) => sources.includes(0));
    const of = { pipeline, plan: cut, placement };
    return ["s 0", "s 1", "s 5"].map((split) => readerOf(of, task, [source, split]));
  };
  expect(await readers({}, "in")).toEqual([0, 1, 2]);
  expect(await readers({}, "other")).toEqual([undefined, undefined, undefined]);
  expect(await readers({ isPerWorker: true }, "in")).toEqual([undefined, undefined, undefined]);
});
