import { expect, test } from "bun:test";
import { boundWorkers } from "../../../src/coordinator/bound.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { Placement } from "../../../src/model/placement.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { PlaceWishes } from "../../../src/planner/place.ts";

const WISHES: PlaceWishes = {
  sources: [
    { step: 0, name: "kept", on: "one", isBound: true },
    { step: 3, name: "plain", on: "one" },
  ],
  sinks: [],
};
const PLACEMENT = {
  workers: [{ name: "w-1" }, { name: "w-2" }],
  tasks: [{ instances: [1] }, { instances: [0, 1] }],
  sources: [
    { step: 0, instances: [0] },
    { step: 3, instances: [1] },
  ],
} as unknown as Placement;
const PLAN = {
  tasks: [
    { id: 0, sources: [0] },
    { id: 1, sources: [3] },
  ],
} as unknown as Plan;
const planFor = () => PLAN;

function baseWith(...positions: readonly [source: string, split: string, isDone?: boolean][]) {
  return {
    positions: positions.map(([source, split, isDone = false]) => {
      return { source, split, position: 1, isDone };
    }),
  } as unknown as Manifest;
}

test("who has a position in the newest checkpoint reads again", () => {
  const base = baseWith(["kept", "log@w-7"], ["kept", "log@w-8", true], ["plain", "listener"]);
  const bound = boundWorkers({ run: { base, placement: PLACEMENT }, wishes: WISHES, planFor });
  expect([...bound]).toEqual([["kept", ["w-7"]]]);
});

test("before the first checkpoint that is whoever read last", () => {
  const run = { base: undefined, placement: PLACEMENT };
  expect([...boundWorkers({ run, wishes: WISHES, planFor })]).toEqual([["kept", ["w-2"]]]);
});

test("at the first start nobody is bound", () => {
  const run = { base: undefined, placement: undefined };
  expect(boundWorkers({ run, wishes: WISHES, planFor }).size).toBe(0);
  const base = baseWith();
  expect(boundWorkers({ run: { base, placement: PLACEMENT }, wishes: WISHES, planFor }).size).toBe(
    0,
  );
});
