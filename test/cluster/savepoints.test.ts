/** A savepoint as a file, between clusters of real processes. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointInfo, JobSummary } from "../../src/model/cluster-status.ts";
import { AppFolder } from "../support/app-folder.ts";
import {
  askBinary,
  lineOf,
  type Ran,
  runBinary,
  startBinary,
  type Started,
} from "../support/binary.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
const children: Started[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

const app = (step: string): string => `
import { app, file, generator, state, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", generator({ rate: 500, make: (i) => i }))
    .keyBy("key", (n) => "k" + (n % 5))
    .mapWithState("${step}", state(() => ({ n: 0 })), (n, s, ctx) => ctx.key + " " + ++s.n)
    .sink("out", file.write({ path: "out", encode: utf8 }), { connections: 1 });
});
`;

class Cluster {
  readonly name: string;
  #http = "";

  constructor(name: string) {
    this.name = name;
  }

  async start(): Promise<void> {
    const { name } = this;
    folder.write(`${name}/apps/counts.ts`, app(name === "third" ? "tally" : "count"));
    const cwd = join(folder.path, name);
    const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const boss = await startBinary(["coordinator", ...listen, "--json"], { cwd });
    children.push(boss);
    const [line] = await lineOf(boss.stdout, /\{.*"started".*\}/);
    const at = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
    this.#http = `http://${at.http.host}:${at.http.port}`;
    const join_ = `${at.listen.host}:${at.listen.port}`;
    children.push(await startBinary(["worker", "--join", join_, "--name", "w"], { cwd }));
  }

  ask(...args: readonly string[]): Promise<Ran> {
    const cwd = join(folder.path, this.name);
    return runBinary([...args, "--coordinator", this.#http], { cwd });
  }

  /** Its store, without it. */
  async offline(...args: readonly string[]): Promise<string> {
    const ran = await runBinary(["checkpoint", ...args], { cwd: join(folder.path, this.name) });
    if (ran.status !== 0) throw new Error(ran.stderr);
    return ran.stdout;
  }

  askJson<T>(...args: readonly string[]): Promise<T> {
    const cwd = join(folder.path, this.name);
    return askBinary<T>([...args, "--coordinator", this.#http], { cwd });
  }

  /** Waits for a checkpoint behind one that is known. */
  async checkpointBehind(epoch: number): Promise<void> {
    for (;;) {
      const { jobs } = await this.askJson<{ jobs: readonly JobSummary[] }>("jobs");
      if ((jobs[0]?.checkpoint?.epoch ?? 0) > epoch) return;
    }
  }
}

/** Count of each key in a checkpoint. */
async function counts(cluster: Cluster, ...more: readonly string[]): Promise<Map<string, number>> {
  const entries = (await cluster.offline("dump", "counts", "count", ...more))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return new Map(
    (entries as { key: string; state: { n: number } }[]).map((e) => [e.key, e.state.n]),
  );
}

test("the state of a job goes on in another cluster, from one file", async () => {
  const [first, second, third] = ["first", "second", "third"].map((name) => new Cluster(name));
  await Promise.all([first!.start(), second!.start(), third!.start()]);
  await first!.askJson("deploy", "counts");
  await first!.checkpointBehind(1);
  const zip = join(folder.path, "counts.zip");
  const kept = await first!.askJson<CheckpointInfo & { exported: { bytes: number } }>(
    "savepoint",
    "counts",
    "--export",
    zip,
  );
  expect(kept.exported.bytes).toBe(readFileSync(zip).length);
  const again = await first!.ask("savepoint", "counts", "--export", zip);
  expect(again.stderr).toContain("there is a file");
  const nowhere = await first!.ask("savepoint", "counts", "--export", join(zip, "none", "a.zip"));
  expect(nowhere.stderr).toContain("no savepoint was taken");
  const listed = await first!.askJson<{ readonly checkpoints: readonly CheckpointInfo[] }>(
    "checkpoints",
    "counts",
  );
  const names = listed.checkpoints.flatMap(({ savepoint }) => savepoint ?? []);
  expect(names).toEqual([kept.savepoint!]);
  const before = await counts(first!, "--at", kept.savepoint!);
  expect(before.size).toBe(5);

  await second!.askJson("deploy", "counts", "--from", zip);
  await second!.checkpointBehind(kept.epoch);
  const after = await counts(second!);
  for (const [key, n] of before) expect(after.get(key)).toBeGreaterThan(n);
  expect(await second!.offline("verify")).toContain("0 problems");

  const check = (app: string): Promise<Ran> =>
    runBinary(
      ["check", `./${app}/apps/counts.ts`, "--no-types", "--against", "counts", "--data"].concat(
        join("first", ".wallaroo"),
      ),
      { cwd: folder.path },
    );
  expect((await check("second")).stdout).toContain("It can go on from there.");
  const refused = await check("third");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('was it renamed to "tally"?');

  const renamed = await third!.ask("deploy", "counts", "--from", zip);
  expect(renamed.status).toBe(1);
  expect(renamed.stderr).toContain('the state "count", which the app does not have');
  expect(renamed.stderr).toContain('was it renamed to "tally"?');
  writeFileSync(zip, readFileSync(zip).fill(0, 300, 400));
  const damaged = await third!.ask("deploy", "counts", "--from", zip);
  expect(damaged.status).toBe(1);
  expect(damaged.stderr).toMatch(/counts\.zip (is damaged|cannot be read)/);

  await first!.askJson("stop", "counts", "--now");
  await first!.askJson("deploy", "counts");
  const { checkpoints: all } = await first!.askJson<{ checkpoints: readonly CheckpointInfo[] }>(
    "checkpoints",
    "counts",
  );
  expect(all.find(({ savepoint }) => savepoint === kept.savepoint)?.isLeft).toBe(true);
  const none = await first!.ask("savepoint", "counts", "--remove", "sp-0");
  expect(none.status).toBe(1);
  expect(none.stderr).toContain(`counts has no savepoint sp-0; there are: ${kept.savepoint}`);
  const removed = await first!.ask("savepoint", "counts", "--remove", kept.savepoint!);
  expect([removed.status, removed.stderr]).toEqual([0, ""]);
  expect(removed.stdout).toBe(`savepoint ${kept.savepoint} of counts is removed\n`);
  const { checkpoints } = await first!.askJson<{ checkpoints: readonly CheckpointInfo[] }>(
    "checkpoints",
    "counts",
  );
  expect(checkpoints.map(({ savepoint }) => savepoint)).not.toContain(kept.savepoint);
  expect(await first!.offline("verify")).toContain("0 problems");
});
