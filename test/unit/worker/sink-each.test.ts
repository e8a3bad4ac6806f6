/** Sinks made by the data, in a whole job: never too many open, nothing lost, order kept. */
import { expect, test } from "bun:test";
import { app } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { SinkEachOptions } from "../../../src/api/stream.ts";
import { Prng } from "../../../src/base/prng.ts";
import { COMMIT_INTERVAL_MS } from "../../../src/model/limits.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { WorkerPorts } from "../../../src/worker/ports.ts";
import { runPipeline, testPorts } from "../../support/run-app.ts";
import { TargetWorld, type TargetWorldOptions } from "../../support/target-world.ts";

interface Order {
  readonly to: string;
  readonly n: number;
}

function orders(count: number, targets: number, seed: number): Order[] {
  const prng = new Prng(seed);
  // Each target once, then at random.
  return Array.from({ length: count }, (_, n) => ({
    to: `t${n < targets ? n : prng.below(targets)}`,
    n,
  }));
}

async function run(
  records: readonly Order[],
  options: SinkEachOptions,
  worldOptions: TargetWorldOptions = {},
  target: (order: Order) => string = (order) => order.to,
) {
  const world = new TargetWorld(worldOptions);
  const each = app("each", (flow) => {
    flow.source("in", memory.source(records)).sinkEach("out", target, world.make, options);
  });
  const running = runPipeline(await each.build({}), { ports: hurried() });
  return { world, running };
}

/** Ports whose long timers never fire: nothing may wait for the commit of the second. */
function hurried(): WorkerPorts {
  const ports = testPorts();
  const { clock } = ports;
  const after: Clock["after"] = (ms, fn) =>
    ms < COMMIT_INTERVAL_MS ? clock.after(ms, fn) : { cancel: () => undefined };
  const now = () => clock.now();
  const monotonic = () => clock.monotonic();
  return { ...ports, clock: { now, monotonic, after, soon: (fn) => clock.soon(fn) } };
}

/** By target, in order. */
function grouped(records: readonly Order[]): Map<string, Order[]> {
  return Map.groupBy(records, ({ to }) => to);
}

test.each([
  ["that commit", () => true],
  ["that do not", () => false],
  ["of both kinds", (target: string) => target.endsWith("1")],
])(
  "10,000 targets %s with a limit of 1,000: in order, nothing lost",
  async (_, commits) => {
    const records = orders(20_000, 10_000, 7);
    const { world, running } = await run(records, { max: 1_000 }, { commits });
    const { status } = await running;
    expect(status.error).toBeUndefined();
    expect(status.state).toBe("finished");
    expect(world.mostOpen).toBe(1_000);
    expect(world.open).toBe(0);
    const expected = grouped(records);
    expect(world.written).toEqual(expected);
    for (const [target, all] of expected) {
      if (commits(target)) expect(world.committed.get(target)).toEqual(all);
    }
    expect(status.sinks[0]).toMatchObject({ name: "out", records: 20_000, pending: 0 });
  },
  30_000,
);

test("a record's own outputs come out before the commit that they wait for", async () => {
  const world = new TargetWorld({ commits: () => true });
  const each = app("each", (flow) => {
    flow
      .source("in", memory.source([0, 1]))
      .flatMap("many", (i) => Array.from({ length: 10_000 }, (_, n) => ({ to: `${n % 9}`, n, i })))
      .sinkEach("out", (r) => r.to, world.make, { max: 2 });
  });
  const { status } = await runPipeline(await each.build({}), { ports: hurried() });
  expect(status.error).toBeUndefined();
  expect(world.mostOpen).toBe(2);
  const all = [...world.committed.values()].flat();
  expect(all.length).toBe(20_000);
});

test("a target is a text of 1 to 200 characters; else step and record are named", async () => {
  const bad = [undefined, "", "x".repeat(201), 5];
  for (const target of bad) {
    const { running } = await run([{ to: "a", n: 1 }], {}, {}, () => target as string);
    const { status } = await running;
    expect(status.state).toBe("failed");
    expect(status.error).toMatch(
      /sink "out": its target function gave .*, for record .*"n":1.*200/,
    );
  }
  const { running, world } = await run([{ to: "a", n: 1 }], {}, {}, () => "x".repeat(200));
  expect((await running).status.state).toBe("finished");
  expect(world.contexts[0]!.sink).toBe(`out/${"x".repeat(200)}`);
});

test("a target function that throws ends the job, and names step and record", async () => {
  const { running } = await run([{ to: "a", n: 1 }], {}, {}, () => {
    throw new RangeError("no such customer");
  });
  const { status } = await running;
  expect(status.error).toMatch(/step "out": its target function threw RangeError: no such.*"n":1/);
});

test.each(["open", "write", "prepare", "commit"] as const)(
  "a target whose %s fails ends the job, named; nothing more is committed",
  async (call) => {
    const fail = (what: string, target: string) => what === call && target === "b";
    const records = [
      { to: "a", n: 1 },
      { to: "b", n: 2 },
    ];
    const { running, world } = await run(records, {}, { commits: () => true, fail });
    const { status } = await running;
    expect(status.state).toBe("failed");
    expect(status.error).toContain('sink "out/b"');
    if (call !== "commit") expect(world.committed.size).toBe(0);
    expect(world.openNow.has("a")).toBe(false);
  },
);

test("a make that gives no sink, or throws, ends the job and names step and target", async () => {
  const makes: ((target: string) => never)[] = [
    () => undefined as never,
    () => {
      throw new Error("no room for it");
    },
  ];
  const errors: (string | undefined)[] = [];
  for (const make of makes) {
    const bad = app("bad", (flow) => {
      flow.source("in", memory.source([1])).sinkEach("out", () => "x", make);
    });
    const { status } = await runPipeline(await bad.build({}));
    errors.push(status.error);
  }
  expect(errors).toEqual([
    'sink "out/x": the function that makes a sink gave undefined: give a sink',
    'sink "out/x": no room for it',
  ]);
});
