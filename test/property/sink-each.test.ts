/** `sinkEach` against a model: any mix of records, slow calls, commits and idle time. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { TaskControl } from "../../src/operators/control.ts";
import { SinkEach } from "../../src/operators/sink-each.ts";
import { settle } from "../support/connector-context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Lag, TargetWorld, type TargetCall } from "../support/target-world.ts";

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

/** A `sinkEach` driven as a job drives it: one commit at a time, the task held before each. */
class Driver {
  readonly clock = new FakeClock();
  readonly control = new TaskControl(this.clock);
  readonly world: TargetWorld;
  readonly sink: SinkEach;
  readonly pushed = new Map<string, number[]>();
  readonly errors: unknown[] = [];
  commits = 0;
  wanted = 0;
  #epoch = 0;
  #count = 0;
  #committing = false;

  constructor({ max, commits, slow }: Given) {
    const bit = (mask: number, target: string): boolean => ((mask >> Number(target)) & 1) === 1;
    this.world = new TargetWorld({
      commits: (target) => bit(commits, target),
      lag: (call, target): Lag => (bit(slow[CALLS.indexOf(call)]!, target) ? "later" : "now"),
    });
    this.sink = new SinkEach({
      name: "out",
      control: this.control,
      clock: this.clock,
      target: (record) => (record as { to: string }).to,
      max,
      idleMs: 500,
      open: async (target) => {
        const sink = this.world.make(target);
        const ctx = {} as never; // These targets ask nothing of the world.
        const writer = await sink.open(ctx);
        return { writer, committer: await sink.committer?.(ctx), delivery: sink.delivery };
      },
      fail: (error) => this.errors.push(error),
      warn: (text) => this.errors.push(text),
      onWantCommit: () => this.wanted++,
    });
    this.sink.bind({} as never);
  }

  push(to: string, count: number): void {
    for (let i = 0; i < count && !this.control.stop; i++) {
      const n = this.#count++;
      const list = this.pushed.get(to) ?? [];
      this.pushed.set(to, list);
      list.push(n);
      this.sink.push({ to, n }, 0);
    }
  }

  async commit(): Promise<void> {
    if (this.#committing) return;
    this.#committing = true;
    try {
      const pending = await this.sink.prepare(++this.#epoch);
      if (pending !== undefined) await this.sink.commit(pending);
      this.commits++;
    } catch (error) {
      this.errors.push(error);
    } finally {
      this.#committing = false;
    }
  }

  /** Everything is let through, and committed, until nothing is left. */
  async finish(): Promise<void> {
    this.sink.flush();
    await this.letAll();
    let rounds = 0;
    do {
      if (++rounds > 1_000) throw new Error(`${this.sink.pending} records are stuck`);
      const committing = this.commit();
      await this.letAll();
      await committing;
    } while (this.sink.sealed !== this.sink.pushed);
    if (this.sink.pending > 0) throw new Error(`${this.sink.pending} records are left`);
    const closing = this.sink.closeTargets();
    await this.letAll();
    await closing;
  }

  async letAll(): Promise<void> {
    do await settle();
    while (this.world.letOne());
    await settle();
  }
}

/** Numbers by target, of what the world has. */
function numbers(lists: ReadonlyMap<string, readonly unknown[]>): Map<string, number[]> {
  return new Map(
    [...lists].map(([to, list]) => [to, list.map((record) => (record as { n: number }).n)]),
  );
}

test("whatever is slow, every record is written and committed once, in order, within the limit", () =>
  fc.assert(
    fc.asyncProperty(given, fc.array(event, { maxLength: 80 }), async (options, events) => {
      const driver = new Driver(options);
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
