/** Broadcast state: rules that were given before are in force for every record behind them. */
import { expect, test } from "bun:test";
import { app, mapState, memory } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { testApp } from "../../src/testing/mod.ts";

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
