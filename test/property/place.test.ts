/** Placement: one owner for each key group, equal shares, no more connections, little movement. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Pipeline, SourcePlace, Step, StepSpec } from "../../src/model/pipeline.ts";
import type { Placement, PlacedWorker } from "../../src/model/placement.ts";
import { place, placeWishes } from "../../src/planner/place.ts";
import { plan } from "../../src/planner/plan.ts";
import { map, sink, source } from "../support/pipelines.ts";

const keyBy: StepSpec = { kind: "keyBy", fn: () => "key" };

/** in -> split -> keyBy -> count -> collect -> top -> out */
function chain(on: SourcePlace = "one", connections = 1): Pipeline {
  const specs: readonly (readonly [string, StepSpec])[] = [
    ["in", { ...source(), on } as StepSpec],
    ["key", keyBy],
    ["count", map],
    ["collect", { kind: "collect" }],
    ["top", map],
    ["deal", { kind: "rebalance" }],
    ["work", map],
    ["out", { ...sink(), connections, isPerTask: false } as StepSpec],
  ];
  const steps = specs.map(([name, spec], id): Step => {
    return { id, name, spec, inputs: id === 0 ? [] : [{ from: id - 1, output: 0 }], at: "here" };
  });
  return { app: "chain", steps };
}

const worker = (i: number): PlacedWorker => ({
  name: `w-${i}`,
  data: { host: "127.0.0.1", port: 1_000 + i },
  host: "here",
});

function placed(
  pipeline: Pipeline,
  ids: readonly number[],
  previous?: Placement,
): { placement: Placement; owners: string[] } {
  const physical = plan(pipeline, Math.max(2, ids.length));
  const wishes = placeWishes(pipeline);
  const placement = place({ plan: physical, wishes, workers: ids.map(worker), previous });
  const keyed = placement.tasks[physical.tasks.find(({ steps }) => steps.includes(2))!.id]!;
  const owners = keyed.groups.map((i) => placement.workers[keyed.instances[i]!]!.name);
  return { placement, owners };
}

const members = fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 300 });

test("every key group has one owner and shares differ by at most one, with any workers", () => {
  fc.assert(
    fc.property(members, (ids) => {
      const { owners } = placed(chain(), ids);
      expect(owners).toHaveLength(256);
      const shares = ids.map((id) => owners.filter((owner) => owner === `w-${id}`).length);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      expect(shares.reduce((sum, n) => sum + n)).toBe(256);
    }),
    { numRuns: 100 },
  );
});

test("the first deal is contiguous ranges", () => {
  const { owners } = placed(chain(), [3, 1, 2]);
  expect(owners).toEqual(owners.toSorted());
});

test("the order in which workers are named changes nothing", () => {
  fc.assert(
    fc.property(members, fc.nat(), (ids, turn) => {
      const at = turn % ids.length;
      const turned = [...ids.slice(at), ...ids.slice(0, at)].toReversed();
      expect(placed(chain("every worker", 3), turned)).toEqual(
        placed(chain("every worker", 3), ids),
      );
    }),
    { numRuns: 50 },
  );
});

test("when a worker leaves only its groups move; when one comes only its share does", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60), { minLength: 2, maxLength: 40 }), fc.nat(), (ids, n) => {
      const gone = ids[n % ids.length]!;
      const rest = ids.filter((id) => id !== gone);
      const all = placed(chain(), ids);
      const fewer = placed(chain(), rest, all.placement);
      const lost = all.owners.filter((owner) => owner === `w-${gone}`).length;
      const moved = all.owners.filter((owner, i) => owner !== fewer.owners[i]).length;
      expect(moved).toBe(lost);
      const back = placed(chain(), ids, fewer.placement);
      const share = back.owners.filter((owner) => owner === `w-${gone}`).length;
      expect(back.owners.filter((owner, i) => owner !== fewer.owners[i])).toHaveLength(share);
      expect(share).toBeLessThanOrEqual(Math.ceil(256 / ids.length));
    }),
    { numRuns: 100 },
  );
});

test("a sink has its connections and no more, on instances that exist, evenly", () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 20 }), (ids, connections) => {
      const { placement } = placed(chain("one", connections), ids);
      const dealt = placement.sinks[0]!.connections;
      expect(dealt).toHaveLength(connections);
      const loads = Map.groupBy(dealt, (instance) => instance);
      const most = Math.max(...[...loads.values()].map((each) => each.length));
      expect(most).toBeLessThanOrEqual(Math.ceil(connections / ids.length));
      expect(dealt.every((instance) => instance >= 0 && instance < ids.length)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("sources run where the app says", () => {
  const on = (where: SourcePlace, ids: readonly number[]): string[] => {
    const { placement } = placed(chain(where), ids);
    const { instances } = placement.tasks[0]!;
    return placement.sources[0]!.instances.map((i) => placement.workers[instances[i]!]!.name);
  };
  const five = [1, 2, 3, 4, 5];
  expect(on("one", five)).toHaveLength(1);
  expect(on(3, five)).toHaveLength(3);
  expect(on(9, five)).toHaveLength(5);
  expect(on("every worker", five)).toEqual(["w-1", "w-2", "w-3", "w-4", "w-5"]);
  expect(on(["w-4", "w-9", "w-2"], five)).toEqual(["w-2", "w-4"]);
  expect(() => on(["w-9"], five)).toThrow(/"in" is to run on w-9, and there are only w-1, w-2/);
});

test("input that is on a worker's disk is read there, whoever else is, or nothing runs", () => {
  fc.assert(
    fc.property(
      members,
      fc.constantFrom<SourcePlace>("one", 2, "every worker"),
      fc.nat(),
      fc.boolean(),
      (ids, on, pick, isMissing) => {
        const name = isMissing ? "w-gone" : `w-${ids[pick % ids.length]}`;
        const physical = plan(chain(on), Math.max(2, ids.length));
        const wishes = placeWishes(chain(on));
        const bound = new Map([["in", [name]]]);
        const request = { plan: physical, wishes, workers: ids.map(worker), bound };
        if (isMissing) {
          expect(() => place(request)).toThrow('waiting for w-gone: input of source "in"');
          return;
        }
        const { sources, tasks, workers } = place(request);
        const readers = sources[0]!.instances.map((i) => workers[tasks[0]!.instances[i]!]!.name);
        expect(readers).toContain(name);
        const count = on === "one" ? 1 : on === 2 ? Math.min(2, ids.length) : ids.length;
        expect(readers).toHaveLength(count);
      },
    ),
    { numRuns: 100 },
  );
});

test("a source whose worker leaves moves alone", () => {
  const three = placed(chain(3), [1, 2, 3, 4, 5]).placement;
  const names = three.sources[0]!.instances.map(
    (i) => three.workers[three.tasks[0]!.instances[i]!]!,
  );
  const gone = names[0]!.name;
  const rest = [1, 2, 3, 4, 5].filter((id) => `w-${id}` !== gone);
  const after = placed(chain(3), rest).placement;
  const now = after.sources[0]!.instances.map((i) => after.workers[after.tasks[0]!.instances[i]!]!);
  for (const { name } of names.slice(1)) expect(now.map((one) => one.name)).toContain(name);
  expect(now).toHaveLength(3);
});

test("what is collected comes together in one instance; one worker has all", () => {
  const { placement } = placed(chain(), [1, 2, 3]);
  const collected = plan(chain(), 3).tasks.find(({ steps }) => steps.includes(4))!;
  expect(placement.tasks[collected.id]!.instances).toHaveLength(1);
  const pipeline = chain();
  const alone = place({
    plan: plan(pipeline, 1),
    wishes: placeWishes(pipeline),
    workers: [worker(1)],
  });
  expect(alone.tasks.map(({ instances }) => instances)).toEqual([[0]]);
});
