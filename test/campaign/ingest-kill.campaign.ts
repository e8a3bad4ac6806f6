/**
 * The ingest log of the real binary: producers come and go, and all of its processes are killed at
 * once, again and again. What a producer was told to be kept is in the output once, in order.
 *
 * A seed is 20 kills and some 250 connections or more; five make 100 and more than 1,000.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../src/base/prng.ts";
import { LocalRun } from "../support/local-run.ts";
import { Producers, type Told } from "./ingest/producers.ts";
import type { Campaign, Facts } from "./runner.ts";

const KILLS = 20;
const PRODUCERS = 6;
/** From a start to the kill. */
const LIFE_MS_MAX = 3_000;
/** After the last start: for what was promised to come out, and for late duplicates. */
const DRAIN_MS_MAX = 60_000;
const QUIET_MS = 3_000;
const STARTS_MAX = 20;
const START_AGAIN_MS = 100;

export const campaign: Campaign = {
  name: "ingest-kill",
  about: "what producers were told to be kept is written once, whatever is killed",
  seeds: 5,
  run: killAgainAndAgain,
};

async function killAgainAndAgain(seed: number): Promise<Facts> {
  const prng = new Prng(seed);
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-ingest-"));
  const [port, out] = [freePort(), join(folder, "out")];
  writeApp(folder, port, out);
  let run = await start(folder);
  const producers = new Producers(() => port, seed, PRODUCERS);
  for (let kill = 0; kill < KILLS; kill++) {
    await Bun.sleep(prng.below(LIFE_MS_MAX));
    run.child.kill("SIGKILL");
    await run.child.exited;
    run = await start(folder);
  }
  await Bun.sleep(prng.below(LIFE_MS_MAX));
  await producers.stop();
  const deadline = performance.now() + DRAIN_MS_MAX;
  while (check(out, producers.all).missing > 0) {
    if (performance.now() > deadline) throw new Error(complaint(out, producers.all, folder));
    await Bun.sleep(100);
  }
  await Bun.sleep(QUIET_MS);
  run.child.kill("SIGTERM");
  await run.child.exited;
  const { missing, written } = check(out, producers.all);
  if (missing > 0) throw new Error(complaint(out, producers.all, folder));
  rmSync(folder, { recursive: true, force: true });
  return { kills: KILLS, connections: producers.connections, kept: producers.kept, written };
}

async function start(folder: string): Promise<LocalRun> {
  for (let attempt = 1; ; attempt++) {
    const run = await LocalRun.start({
      app: "apps/keep/app.ts",
      workers: 1,
      cwd: folder,
      more: ["--data", join(folder, "data")],
    });
    const isUp = await run.started().then(
      () => true,
      () => false,
    );
    if (isUp) return run;
    // A worker of the one before may be dying still: then it has the folder, or the port.
    const text = await run.rest();
    if (attempt === STARTS_MAX || !/in use|has the folder/.test(text)) throw new Error(text);
    await Bun.sleep(START_AGAIN_MS);
  }
}

/** @throws when something is there twice, out of order, or was never sent */
function check(out: string, all: readonly Told[]): { missing: number; written: number } {
  const told = new Map(all.map((one) => [one.name, one]));
  const next = new Map<string, number>();
  let written = 0;
  for (const line of linesOf(out)) {
    const [, name = "", digits] = /^(c\d+):(\d+) /.exec(line) ?? [];
    const expected = next.get(name) ?? 0;
    const number = Number(digits);
    if (number !== expected) throw new Error(`${line}: ${expected} was next of ${name}`);
    if (number >= (told.get(name)?.sent ?? 0)) throw new Error(`${line} was never sent`);
    next.set(name, expected + 1);
    written++;
  }
  const missing = all.reduce((sum, { name, kept }) => {
    return sum + Math.max(0, kept - (next.get(name) ?? 0));
  }, 0);
  return { missing, written };
}

function complaint(out: string, all: readonly Told[], folder: string): string {
  const { missing, written } = check(out, all);
  return `${missing} frames that were told to be kept are not among ${written}: see ${folder}`;
}

/** Parts are named in the order of their commits; hidden ones are not committed. */
function linesOf(out: string): string[] {
  let names: string[] = [];
  try {
    names = readdirSync(out)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    // Nothing is committed yet.
  }
  return names.flatMap((name) => readFileSync(join(out, name), "utf8").split("\n").slice(0, -1));
}

function writeApp(folder: string, port: number, out: string): void {
  mkdirSync(join(folder, "apps", "keep"), { recursive: true });
  writeFileSync(
    join(folder, "apps", "keep", "app.ts"),
    `import { app, file, tcp, utf8 } from "wallaroo";
export default app("keep", (flow) => {
  flow
    .source(
      "in",
      tcp.listen({ port: ${port}, frame: "lines", decode: utf8, log: "disk", acks: true }),
    )
    .sink("out", file.write({ path: ${JSON.stringify(out)}, encode: utf8, frame: "lines" }));
});
`,
  );
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
