import { expect, test } from "bun:test";
import {
  app,
  type App,
  file,
  generator,
  json,
  state,
  stdout,
  tcp,
  utf8,
} from "../../../src/api/mod.ts";
import { type SimulatedApp, SimulatedRun } from "../../../src/testing/simulated-run.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { framesOf } from "../../support/frames-of.ts";

const lines = Array.from({ length: 120 }, (_, i) => `k${i % 7}`);

function simulated(make: () => App, inputs: Readonly<Record<string, readonly string[]>>) {
  const one: SimulatedApp = {
    name: "app",
    build: () => make().build({}),
    inputs: new Map(Object.entries(inputs).map(([name, all]) => [name, framesOf(all)])),
    workers: 2,
    ignored: [],
    real: systemClock(),
  };
  return (seed?: number) => new SimulatedRun(one, seed);
}

/** `mark`: what an app adds to its records that it should not know. */
function counting(mark: () => string = () => ""): App {
  const tally = state(() => ({ count: 0 }));
  return app("app", (flow) => {
    flow
      .source("in", file.read({ path: "nowhere", decode: utf8 }))
      .keyBy("key", (line) => line)
      .mapWithState("count", tally, (line, s) => `${line} ${++s.count}${mark()}`)
      .sink("out", stdout({ encode: utf8 }));
  });
}

test("an app that keeps all in its state gives the same under faults, and again", async () => {
  const run = simulated(() => counting(), { in: lines });
  const wanted = await run().run();
  expect(wanted.output.counts).toEqual(new Map([["out", 120]]));
  let kills = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const world = run(seed);
    const result = await world.run();
    expect([seed, result.problem, result.output.differenceFrom(wanted.output)]).toEqual([
      seed,
      undefined,
      undefined,
    ]);
    kills += result.faults.kill ?? 0;
    const second = run(seed);
    await second.run();
    expect(second.world.trace).toBe(world.world.trace);
  }
  expect(kills).toBeGreaterThan(0);
});

test.each(["one", "every worker", 2] as const)(
  "input that is promised to be kept on a worker's disk is read to its end, on %p",
  async (on) => {
    const listen = tcp.listen({ port: 1, frame: "lines", decode: utf8, log: "disk" });
    const make = () =>
      app("app", (flow) => {
        flow.source("in", listen, { on }).sink("out", stdout({ encode: utf8 }));
      });
    const run = simulated(make, { in: lines });
    const wanted = await run().run();
    expect(wanted.output.counts).toEqual(new Map([["out", 120]]));
    for (let seed = 1; seed <= 8; seed++) {
      const { problem, output } = await run(seed).run();
      expect([seed, problem, output.differenceFrom(wanted.output)]).toEqual([
        seed,
        undefined,
        undefined,
      ]);
    }
  },
);

test("what a process remembers beside its state is found, since it dies with it", async () => {
  // Each process that starts builds its own.
  const make = () => {
    let before = 0;
    return counting(() => (++before % 50 === 0 ? " fiftieth" : ""));
  };
  const run = simulated(make, { in: lines });
  const wanted = await run().run();
  const found: string[] = [];
  for (let seed = 1; seed <= 5 && found.length === 0; seed++) {
    const difference = (await run(seed).run()).output.differenceFrom(wanted.output);
    if (difference !== undefined) found.push(difference);
  }
  expect(found.join()).toMatch(/^out: \d+ missing, such as .*fiftieth/);
});

test("records that change places within their key are found", async () => {
  const make = () => {
    let calls = 0;
    const tally = state(() => ({ count: 0 }));
    return app("app", (flow) => {
      flow
        .source("in", file.read({ path: "nowhere", decode: utf8 }))
        .keyBy("key", (line) => line)
        .mapWithState("count", tally, (line, s) => `${line} ${++s.count}`)
        .flatMap("two", (line) => {
          const both = [`${line} a`, `${line} b`];
          return ++calls % 50 === 0 ? both.toReversed() : both;
        })
        .sink("out", stdout({ encode: utf8 }));
    });
  };
  const run = simulated(make, { in: lines });
  const wanted = await run().run();
  const found: string[] = [];
  for (let seed = 1; seed <= 20 && found.length === 0; seed++) {
    const difference = (await run(seed).run()).output.differenceFrom(wanted.output);
    if (difference !== undefined) found.push(difference);
  }
  expect(found.join()).toMatch(
    /^out: another order of those of key "k\d": number \d+ is "k\d .*", without faults "k\d /,
  );
});

test("an app that fails since a process has forgotten is found, and not begun anew", async () => {
  const make = () => {
    let isFirstSeen = false;
    return app("app", (flow) => {
      flow
        .source("in", file.read({ path: "nowhere", decode: utf8 }))
        .map("look", (line) => {
          isFirstSeen ||= line === "first";
          if (!isFirstSeen) throw new Error("nothing is known");
          return line;
        })
        .sink("out", stdout({ encode: utf8 }));
    });
  };
  const run = simulated(make, { in: ["first", ...lines] });
  expect((await run().run()).problem).toBeUndefined();
  const found: string[] = [];
  for (let seed = 1; seed <= 20 && found.length === 0; seed++) {
    const { problem } = await run(seed).run();
    if (problem !== undefined) found.push(problem);
  }
  expect(found.join()).toMatch(/the job failed: .*nothing is known/s);
});

test("an input begins when the one before it is durable", async () => {
  const seen: string[][] = [];
  const make = () => {
    const order: string[] = [];
    seen.push(order);
    return app("app", (flow) => {
      const first = flow.source("first", file.read({ path: "a", decode: utf8 }));
      const second = flow.source("second", file.read({ path: "b", decode: utf8 }));
      first
        .merge(second)
        .map("note", (line) => {
          order.push(line);
          return line;
        })
        .sink("out", stdout({ encode: utf8 }));
    });
  };
  const a = Array.from({ length: 50 }, () => "a");
  const b = Array.from({ length: 50 }, () => "b");
  const result = await simulated(make, { first: a, second: b })(3).run();
  expect(result.problem).toBeUndefined();
  for (const order of seen) expect(order).toEqual([...order].sort());
  expect(result.output.counts.get("out")).toBe(100);
});

test("an app that fails without faults says why", async () => {
  const make = () =>
    counting(() => {
      throw new Error("no such luck");
    });
  const { problem, isLate } = await simulated(make, { in: lines })().run();
  expect(problem).toMatch(/the job failed: .*no such luck/s);
  expect(isLate).toBe(false);
});

test("a source that makes records and does not end is told by its name", async () => {
  const made = () =>
    app("app", (flow) => {
      flow
        .source("numbers", generator.from({ first: 1, next: (n) => n + 1 }))
        .filter("none", () => false)
        .sink("out", stdout({ encode: json() }));
    });
  const many = await simulated(made, {})().run();
  expect(many.problem).toMatch(
    /^a source makes more than the 200000 .*; source "numbers" \(.*\) made 200\d{3} records/,
  );
  expect(many.problem).toMatch(/ and has not ended: .*count: 1000/);
  expect(many.isLate).toBe(true);
});
