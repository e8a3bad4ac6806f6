/**
 * The echo app with a checkpoint each second, and without: accounts drawn at random change their
 * state, then the same while another connection sends at full speed, and once more after a kill.
 *
 * CPU times of the two are taken at the same time, so that what else the machine does comes to both
 * alike; latencies and full speed are one after the other.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LatencySummary } from "../../../src/cli/latency-histogram.ts";
import { makeAccounts } from "../harness/accounts.ts";
import type { BenchCase, Context } from "../harness/context.ts";
import { copyApp } from "../harness/copies.ts";
import { EchoSide, type SideInput } from "../harness/echo-side.ts";
import { type Spent, spent } from "../harness/engine.ts";
import { makeRequests } from "../harness/requests.ts";
import { figure } from "../harness/results.ts";

const RATE = 100_000;
const FEW_KEYS = 1_000_000;
const MANY_KEYS = 4_000_000;

interface Side {
  readonly isKept: boolean;
  /** At the rate, both at once. */
  readonly rated: Spent;
  readonly latency: LatencySummary;
  /** Collections while latencies were taken. */
  readonly gc: ReturnType<typeof collections>;
  readonly fullPerSecond: number;
  readonly rssMb: number;
}

interface Resumed {
  readonly seconds: number;
  readonly cpu: number;
  readonly main: number;
}

interface Run {
  readonly keys: number;
  /** How long requests come at their rate, if the machine keeps up. */
  readonly seconds: number;
  readonly plain: Side;
  readonly kept: Side;
  /** With few keys: with many it takes longer than a cluster waits on a machine that is busy. */
  readonly resumed: Resumed | undefined;
}

export const checkpoint: BenchCase = {
  name: "checkpoint",
  about: "an echo with state of 1 M and 4 M keys, 100,000 changes a second, kept and not kept",
  async measure(ctx) {
    const copy = copyApp("echo", ctx.folder, ctx.seed);
    const { many } = makeRequests(ctx.folder, ctx.seed);
    const seconds = ctx.seconds ?? 10;
    // For CPU times; for latencies; beside full speed; after the kill.
    const sizes = [RATE * seconds, RATE * seconds, RATE * seconds, RATE];
    const details: Run[] = [];
    for (const keys of [FEW_KEYS, MANY_KEYS]) {
      const accounts = makeAccounts(ctx.folder, ctx.seed, keys, sizes);
      for (let i = 0; i < (ctx.runs ?? 3); i++) {
        const one = await run(ctx, { copy, many, accounts }, keys, seconds);
        ctx.say(JSON.stringify(one));
        details.push(one);
      }
      for (const path of [accounts.all, ...accounts.some]) rmSync(path);
    }
    const few = details.filter(({ keys }) => keys === FEW_KEYS);
    const more = details.filter(({ keys }) => keys === MANY_KEYS);
    const ratios = more.map((one, i) => (costOf(one) / costOf(few[i]!) - 1) * 100);
    const name = "CPU time of a checkpoint, 4 M keys above 1 M";
    return {
      figures: [
        ...figuresOf(few, "1 M keys", true),
        ...figuresOf(more, "4 M keys", false),
        figure(name, "%", ratios, { atMost: 20 }),
      ],
      command: "run APP; run APP --data DIR; send FILE --rate 100000; after a kill run APP again",
      check: "answers equal requests in number and sum, those after the kill too",
      details,
    };
  },
};

function figuresOf(runs: readonly Run[], what: string, hasTargets: boolean) {
  const of = (name: string, unit: string, one: (run: Run) => number, bound = {}) =>
    figure(`${what}: ${name}`, unit, runs.map(one), hasTargets ? bound : {});
  const ms = (us: number): number => us / 1_000;
  return [
    of("CPU time of a checkpoint", "ms", costOf),
    // What changes and checkpoints leave of a core is what other records can have.
    of(
      "full speed by CPU time, of that without",
      "%",
      ({ plain, kept, seconds }) => (leftBy(kept, seconds) / leftBy(plain, seconds)) * 100,
      { atLeast: 90 },
    ),
    of(
      "full speed, of that without",
      "%",
      ({ plain, kept }) => (kept.fullPerSecond / plain.fullPerSecond) * 100,
    ),
    of(
      "p99.9 above that without",
      "ms",
      ({ plain, kept }) => ms(kept.latency.p999Us - plain.latency.p999Us),
      { atMost: 10 },
    ),
    of("worst pause, as latency", "ms", ({ kept }) => ms(kept.latency.maxUs), { atMost: 100 }),
    of("that without", "ms", ({ plain }) => ms(plain.latency.maxUs)),
    of("worst pause of garbage collection", "ms", ({ kept }) => kept.gc.worstMs),
    of("that of garbage collection without", "ms", ({ plain }) => plain.gc.worstMs),
    ...goingOn(runs, what),
  ];
}

function goingOn(runs: readonly Run[], what: string) {
  const all = runs.flatMap(({ resumed }) => resumed ?? []);
  if (all.length === 0) return [];
  const seconds = all.map((one) => one.seconds);
  const cpu = all.map((one) => one.cpu);
  return [
    figure(`${what}: goes on after a kill`, "s", seconds, { atMost: 3 }),
    figure(`${what}: CPU time until it goes on`, "s", cpu),
  ];
}

/** CPU ms for what changes in a second, which is one checkpoint where the machine keeps up. */
function costOf({ seconds, plain, kept }: Run): number {
  return ((kept.rated.cpuSeconds - plain.rated.cpuSeconds) / seconds) * 1_000;
}

/** What is left of a core by what has to be done in a second. */
function leftBy({ rated }: Side, seconds: number): number {
  return 1 - rated.mainThreadSeconds / seconds;
}

async function run(ctx: Context, input: SideInput, keys: number, seconds: number): Promise<Run> {
  const { all, some } = input.accounts;
  rmSync(join(ctx.folder, "data"), { recursive: true, force: true });
  mkdirSync(join(ctx.folder, "data"));
  const sides = [await EchoSide.start(ctx, input, false), await EchoSide.start(ctx, input, true)];
  for (const side of sides) {
    await side.send(all);
    await side.settled();
  }
  const before = sides.map(({ engine }) => engine.usage());
  const rated = await Promise.all(
    sides.map(async (side, i) => {
      await side.send(some[0]!, { rate: RATE });
      // What waits in sockets would be work that is not counted.
      await side.taken();
      return spent(before[i]!, side.engine.usage());
    }),
  );
  const [plain, kept] = [
    await alone(sides[0]!, some, seconds, rated[0]!),
    await alone(sides[1]!, some, seconds, rated[1]!),
  ];
  const resumed = keys === FEW_KEYS ? await resume(ctx, input) : undefined;
  return { keys, seconds, plain, kept, resumed };
}

async function alone(
  side: EchoSide,
  some: readonly string[],
  seconds: number,
  rated: Spent,
): Promise<Side> {
  const { engine, isKept } = side;
  await side.settled();
  const log = engine.child.stderr.length;
  await side.send(some[1]!, { rate: RATE, stampAt: 0 });
  const gc = collections(engine.child.stderr.slice(log));
  await side.settled();
  const from = { at: performance.now(), records: await engine.records() };
  const beside = side.send(some[2]!, { rate: RATE });
  await side.sendFast(seconds);
  const records = (await engine.records()) - from.records;
  const fullPerSecond = (records / (performance.now() - from.at)) * 1_000;
  await beside;
  const rssMb = Math.round(engine.rssMb);
  const latency = (await side.end(isKept ? "kill" : "stop"))!;
  return { isKept, rated, latency, gc, fullPerSecond, rssMb };
}

/** Begins it anew where it was killed. Times are until it reads its input again. */
async function resume(ctx: Context, input: SideInput): Promise<Resumed> {
  const begun = performance.now();
  const side = await EchoSide.start(ctx, input, true);
  const seconds = (performance.now() - begun) / 1_000;
  const { cpu, main } = side.engine.usage();
  // Each account's requests go on with their numbers: another state answers with another sum.
  await side.send(input.accounts.some[3]!);
  await side.end("stop");
  return { seconds, cpu, main };
}

/** The pauses that collections made, as the runtime logs them. */
function collections(log: string) {
  const pauses = [...log.matchAll(/ p=([\d.]+)ms /g)].map(([, ms]) => Number(ms));
  const total = pauses.reduce((all, one) => all + one, 0);
  return { pauses: pauses.length, worstMs: Math.max(0, ...pauses), totalMs: Math.round(total) };
}
