/** Checkpoints of the real binary: what is killed goes on, once each, and can be looked at. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../support/app-folder.ts";
import { runBinary } from "../support/binary.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
afterAll(() => folder[Symbol.dispose]());

const APP = `
import { app, file, generator, mapState, state, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", generator({ rate: 2000, make: (i) => i }))
    .keyBy("key", (n) => "k" + (n % 50))
    .mapWithState(
      "count",
      { total: state(() => ({ n: 0 })), last: mapState<number, number>() },
      (n, s, ctx) => {
        s.last.set(n % 3, n);
        return ctx.key + " " + ++s.total.n;
      },
    )
    .sink("out", file.write({ path: "out", encode: utf8 }), { connections: 1 });
});
`;

/** What is wrong with what was committed so far: of each key 1, 2, 3 and so on, in order. */
function wrongIn(out: string): { records: number; problems: string[] } {
  const counts = new Map<string, number>();
  const problems: string[] = [];
  let records = 0;
  const parts = readdirSync(out).filter((name) => name.startsWith("part"));
  for (const part of parts.sort()) {
    for (const line of readFileSync(join(out, part), "utf8").split("\n").slice(0, -1)) {
      const [key = "", count] = line.split(" ");
      const wanted = (counts.get(key) ?? 0) + 1;
      if (Number(count) !== wanted) problems.push(`${key}: ${count} instead of ${wanted}`);
      counts.set(key, wanted);
      records++;
    }
  }
  return { records, problems };
}

async function begun(): Promise<LocalRun> {
  const more = ["--data", "data"];
  const run = await LocalRun.start({ app: "./counts.ts", workers: 2, cwd: folder.path, more });
  await run.started();
  return run;
}

/** Waits for a checkpoint behind one that is known. */
async function checkpointBehind(run: LocalRun, epoch: number): Promise<number> {
  for (;;) {
    const { checkpoint } = (await run.status()).cluster;
    if (checkpoint !== undefined && checkpoint.epoch > epoch + 1) return checkpoint.epoch;
    await Bun.sleep(50);
  }
}

test("a run that is killed with all its processes goes on where it was, once each", async () => {
  folder.write("counts.ts", APP);
  let epoch = 0;
  for (let round = 0; round < 2; round++) {
    const run = await begun();
    epoch = await checkpointBehind(run, epoch);
    // Its workers end with it.
    run.child.kill("SIGKILL");
    await run.child.exited;
  }
  const last = await begun();
  expect(await checkpointBehind(last, epoch)).toBeGreaterThan(epoch);
  last.child.kill("SIGTERM");
  expect((await last.ended()).status.state).toBe("stopped");
  await last.child.exited;
  const { records, problems } = wrongIn(join(folder.path, "out"));
  expect(problems).toEqual([]);
  expect(records).toBeGreaterThan(100);
});

test("its checkpoints are listed, checked and shown offline; a wrong bit is found", async () => {
  const store = `file://${join(folder.path, "data/run/store")}`;
  const ask = (...args: readonly string[]) =>
    runBinary(["checkpoint", ...args, "--store", store], { cwd: folder.path });
  const listed = await ask("ls", "counts", "--json");
  const { checkpoints } = JSON.parse(listed.stdout) as { checkpoints: { epoch: number }[] };
  expect(checkpoints.length).toBeGreaterThan(0);
  const dumped = (await ask("dump", "counts", "count")).stdout.trim().split("\n");
  expect(dumped).toHaveLength(50);
  const shown = JSON.parse(dumped[0]!) as { key: string; state: { total: { n: number } } };
  const { key, state } = shown;
  expect(key).toStartWith("k");
  expect(state.total.n).toBeGreaterThan(1);
  expect((await ask("verify")).status).toBe(0);
  const inside = join(folder.path, "data/run/store/blobs/jobs");
  const job = join(inside, readdirSync(inside)[0]!);
  // Some may be of a checkpoint that was never stored.
  for (const name of readdirSync(job).filter((one) => one.endsWith(".seg"))) {
    const bytes = readFileSync(join(job, name));
    bytes[bytes.length >> 1]! ^= 16;
    writeFileSync(join(job, name), bytes);
  }
  const verdict = await ask("verify");
  expect(verdict.status).toBe(1);
  expect(verdict.stdout).toMatch(/is damaged/);
});
