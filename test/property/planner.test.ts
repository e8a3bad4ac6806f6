/** Random graphs: the order is right, each step is in one task, cycles are found iff they are. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Pipeline, Step } from "../../src/model/pipeline.ts";
import { findCycles, topologicalOrder } from "../../src/planner/graph.ts";
import { plan } from "../../src/planner/plan.ts";
import { filter, map, merge, sink, source } from "../support/pipelines.ts";

/** Edges as pairs of numbers that are folded into the range of the steps. */
const edges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 30 });
const sizes = fc.integer({ min: 1, max: 16 });

/** Any graph: steps of no kind in particular, edges wherever. */
function anyGraph(size: number, pairs: readonly (readonly [number, number])[]): Pipeline {
  const steps = Array.from({ length: size }, (_, id): Step => {
    return { id, name: `s${id}`, spec: merge, inputs: [], at: "here" };
  });
  for (const [from, to] of pairs) {
    steps[to % size]!.inputs.push({ from: from % size, output: 0 });
  }
  return { app: "any", steps };
}

/** A graph without cycles, its steps in shuffled places, of kinds that fit their inputs. */
function acyclic(size: number, pairs: readonly (readonly [number, number])[], seed: number) {
  const places = Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = (seed + i * 7_919) % (i + 1);
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  const inputs: number[][] = places.map(() => []);
  for (const [a, b] of pairs) {
    const [low, high] = [Math.min(a % size, b % size), Math.max(a % size, b % size)];
    if (low !== high) inputs[places[high]!]!.push(places[low]!);
  }
  const used = new Set(inputs.flat());
  const steps = inputs.map((from, id): Step => {
    const one = used.has(id) ? (id % 2 === 0 ? map : filter) : sink();
    const spec = from.length === 0 ? source() : from.length === 1 ? one : merge;
    const edgesIn = from.map((step) => ({ from: step, output: 0 }));
    return { id, name: `s${id}`, spec, inputs: edgesIn, at: "here" };
  });
  return { app: "acyclic", steps } satisfies Pipeline;
}

/** Whether a path leads from a step back to it: the closure of the edges, by brute force. */
function hasCycle({ steps }: Pipeline): boolean {
  const reach = steps.map(({ inputs }) => new Set(inputs.map(({ from }) => from)));
  for (let round = 0; round < steps.length; round++) {
    for (const set of reach) {
      for (const id of Array.from(set)) for (const far of reach[id]!) set.add(far);
    }
  }
  return reach.some((set, id) => set.has(id));
}

test("cycles are found iff there is one, and what is found is one", () => {
  fc.assert(
    fc.property(sizes, edges, (size, pairs) => {
      const pipeline = anyGraph(size, pairs);
      const cycles = findCycles(pipeline, 20);
      expect(cycles.length > 0).toBe(hasCycle(pipeline));
      expect(topologicalOrder(pipeline).length === size).toBe(cycles.length === 0);
      for (const cycle of cycles) {
        for (const [i, id] of cycle.entries()) {
          const next = cycle[(i + 1) % cycle.length]!;
          expect(pipeline.steps[next]!.inputs.map(({ from }) => from)).toContain(id);
        }
      }
      const ids = cycles.flat();
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 500 },
  );
});

test("every step is in one task, after all it takes from, with its neighbours", () => {
  fc.assert(
    fc.property(sizes, edges, fc.nat(), (size, pairs, seed) => {
      const pipeline = acyclic(size, pairs, seed);
      const { tasks } = plan(pipeline);
      const all = tasks.flatMap(({ steps }) => steps);
      expect(all.toSorted((a, b) => a - b)).toEqual(pipeline.steps.map(({ id }) => id));
      for (const { steps, sources, sinks } of tasks) {
        for (const id of steps) {
          const { inputs, spec } = pipeline.steps[id]!;
          for (const { from } of inputs) {
            expect(steps).toContain(from);
            expect(steps.indexOf(from)).toBeLessThan(steps.indexOf(id));
          }
          expect(sources.includes(id)).toBe(spec.kind === "source");
          expect(sinks.includes(id)).toBe(spec.kind === "sink");
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("tasks do not touch: as many as the graph has parts", () => {
  fc.assert(
    fc.property(sizes, edges, fc.nat(), (size, pairs, seed) => {
      const pipeline = acyclic(size, pairs, seed);
      const colors = pipeline.steps.map(({ id }) => id);
      for (let round = 0; round < size; round++) {
        for (const { id, inputs } of pipeline.steps) {
          for (const { from } of inputs) {
            colors[id] = colors[from] = Math.min(colors[id]!, colors[from]!);
          }
        }
      }
      expect(plan(pipeline).tasks).toHaveLength(new Set(colors).size);
    }),
    { numRuns: 300 },
  );
});

test("fused runs are paths of stateless steps in which nobody else takes part", () => {
  fc.assert(
    fc.property(sizes, edges, fc.nat(), (size, pairs, seed) => {
      const pipeline = acyclic(size, pairs, seed);
      const takers = (id: number): number =>
        pipeline.steps.flatMap(({ inputs }) => inputs).filter(({ from }) => from === id).length;
      const isStateless = (id: number): boolean =>
        ["map", "filter"].includes(pipeline.steps[id]!.spec.kind);
      const runs = plan(pipeline).tasks.flatMap(({ fused }) => fused);
      const links = runs.flatMap((run) => run.slice(1).map((id, i) => `${run[i]}-${id}`));
      const expected = pipeline.steps
        .filter(({ id }) => isStateless(id))
        .filter(({ inputs }) => isStateless(inputs[0]!.from) && takers(inputs[0]!.from) === 1)
        .map(({ id, inputs }) => `${inputs[0]!.from}-${id}`);
      expect(links.toSorted()).toEqual(expected.toSorted());
      expect(runs.every((run) => run.length > 1)).toBeTrue();
    }),
    { numRuns: 300 },
  );
});
