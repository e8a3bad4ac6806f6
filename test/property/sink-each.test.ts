/** `sinkEach` against a model: any mix of records, slow calls, commits and idle time. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { settle } from "../support/connector-context.ts";
import { numbers, SinkEachDriver } from "../support/sink-each-driver.ts";
import type { Lag, TargetCall } from "../support/target-world.ts";

type Event =
  | { readonly do: "push"; readonly target: number; readonly count: number }
  | { readonly do: "flush" }
  | { readonly do: "commit" }
  | { readonly do: "let"; readonly index: number; readonly count: number }
  | { readonly do: "wait"; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: pushes(1, 3) },
  { weight: 1, arbitrary: pushes(100, 2_000) },
  { weight: 3, arbitrary: fc.constant({ do: "flush" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "commit" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("let" as const),
      index: fc.nat({ max: 9 }),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 900 }) }),
  },
);

function pushes(min: number, max: number): fc.Arbitrary<Event> {
  return fc.record({
    do: fc.constant("push" as const),
    target: fc.nat({ max: 11 }),
    count: fc.integer({ min, max }),
  });
}

interface Given {
  readonly max: number;
  /** Which targets commit, by bit. */
  readonly commits: number;
  /** Which calls wait for the test, by bit of call and target. */
  readonly slow: readonly number[];
}

const given: fc.Arbitrary<Given> = fc.record({
  max: fc.integer({ min: 1, max: 4 }),
  commits: fc.nat({ max: 0xfff }),
  slow: fc.array(fc.nat({ max: 0xfff }), { minLength: 5, maxLength: 5 }),
});

const CALLS: readonly TargetCall[] = ["open", "write", "prepare", "commit", "close"];

function driverOf({ max, commits, slow }: Given): SinkEachDriver {
  const bit = (mask: number, target: string): boolean => ((mask >> Number(target)) & 1) === 1;
  const lag = (call: TargetCall, target: string): Lag =>
    bit(slow[CALLS.indexOf(call)]!, target) ? "later" : "now";
  return new SinkEachDriver({ max, world: { commits: (target) => bit(commits, target), lag } });
}

test("whatever is slow, every record is written and committed once, in order, in the limit", () =>
  fc.assert(
    fc.asyncProperty(given, fc.array(event, { maxLength: 80 }), async (options, events) => {
      const driver = driverOf(options);
      const { world, sink } = driver;
      for (const now of events) {
        if (now.do === "push") driver.push(String(now.target), now.count);
        else if (now.do === "flush") sink.flush();
        else if (now.do === "commit") void driver.commit();
        else if (now.do === "wait") driver.clock.advance(now.ms);
        else {
          for (let i = 0; i < now.count; i++) {
            await settle();
            if (world.waiting.length > 0) world.letOne(now.index % world.waiting.length);
          }
        }
        if (now.do !== "push") await settle();
        expect(world.mostOpen).toBeLessThanOrEqual(options.max);
      }
      await driver.finish();
      expect(driver.errors).toEqual([]);
      expect(world.mostOpen).toBeLessThanOrEqual(options.max);
      expect(world.open).toBe(0);
      expect(numbers(world.written)).toEqual(driver.pushed);
      for (const [to, list] of driver.pushed) {
        if (((options.commits >> Number(to)) & 1) === 0) continue;
        expect(numbers(world.committed).get(to)).toEqual(list);
      }
      expect(driver.control.isBlocked).toBe(false);
    }),
    { numRuns: 300 },
  ));
