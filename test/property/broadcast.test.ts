/** Broadcast state: rules that were given before are in force for every record behind them. */
import { expect, test } from "bun:test";
import { app, mapState, memory, state } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { testApp } from "../../src/testing/mod.ts";
import { runOnWorkers } from "../support/local-cluster.ts";

interface Rule {
  readonly name: string;
  readonly factor: number | undefined;
}

const none = memory.sink<never>().sink;

const ruled = app("ruled", (flow) => {
  const rules = flow.source("rules", memory.source<Rule>([]));
  flow
    .source("in", memory.source<number>([]))
    .withBroadcast("apply", rules, mapState<string, number>(), {
      record: (n, state) => [...state].map(([name, factor]) => `${name}: ${n * factor}`).sort(),
      update(rule, state) {
        if (rule.factor === undefined) state.delete(rule.name);
        else state.set(rule.name, rule.factor);
      },
    })
    .sink("out", none);
});

test.each([true, false])(
  "compiled %p: rules and records in phases equal a model",
  async (compiled) => {
    for (let seed = 1; seed <= 50; seed++) {
      const prng = new Prng(seed);
      const inForce = new Map<string, number>();
      const wanted: string[][] = [];
      await using t = await testApp(ruled, { compiled, seed, restless: seed % 2 === 0 });
      for (let phase = 0; phase < 6; phase++) {
        const rules = Array.from({ length: prng.below(4) }, (): Rule => {
          const factor = prng.below(3) === 0 ? undefined : prng.below(100);
          return { name: `rule ${prng.below(4)}`, factor };
        });
        for (const { name, factor } of rules) {
          if (factor === undefined) inForce.delete(name);
          else inForce.set(name, factor);
        }
        t.feed("rules", rules);
        await t.settle();
        const records = Array.from({ length: prng.below(50) }, () => prng.below(1_000));
        t.feed("in", records);
        await t.settle();
        for (const n of records) {
          wanted.push([...inForce].map(([name, factor]) => `${name}: ${n * factor}`).sort());
        }
      }
      expect({ seed, out: await t.collect<string[]>("out") }).toEqual({ seed, out: wanted });
    }
  },
);

test.each([true, false])(
  "compiled %p: a stream is rule and record of a step, and every worker has it as a rule",
  async (compiled) => {
    const given = Array.from({ length: 20 }, (_, i) => i);
    /** Of each worker: how many rules came to its state. */
    const rules = new Map<object, number>();
    const both = app("both", (flow) => {
      const input = flow.source("in", memory.source(given, { batch: 3 }));
      const count = (_: number, own: object): void =>
        void rules.set(own, 1 + (rules.get(own) ?? 0));
      const seen = state(() => ({ n: 0 }));
      const ruled = input.withBroadcast("rules", input, seen, { record: (n) => n, update: count });
      // Where it also goes by a merge, into the same task.
      ruled.merge(input).sink("out", none);
    });
    const { sinks, errors } = await runOnWorkers(await both.build({}), 3, { compiled });
    expect(errors).toEqual([]);
    expect([...rules.values()]).toEqual([20, 20, 20]);
    const ordered = [...sinks["out"]!].sort((a, b) => Number(a) - Number(b));
    expect(ordered).toEqual(given.flatMap((n) => [n, n]));
  },
);
