/**
 * The newest checkpoint rots while nobody runs, at the real binary: the job goes back to the one
 * before by itself where nothing was shown since, and is told to choose where something was.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterJobStatus } from "../../src/model/cluster-status.ts";
import { AppFolder } from "../support/app-folder.ts";
import { binary, runBinary } from "../support/binary.ts";
import { flipBit } from "../support/left-run.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

/** Counts all lines, and shows those that do not begin with `q`. */
const APP = `import { app, file, state, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", file.read({ path: "in.txt", decode: utf8, follow: "20ms" }))
    .keyBy("key", () => "all")
    .mapWithState("count", state(() => ({ n: 0 })), (line: string, s) => {
      s.n++;
      return line.startsWith("q") ? undefined : line + " " + s.n;
    })
    .sink("out", file.write({ path: "out", encode: utf8 }));
});
`;

const folder = new AppFolder();
const running: LocalRun[] = [];
beforeAll(binary, 60_000);
afterAll(() => {
  for (const { child } of running) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

class Job {
  readonly path: string;
  run!: LocalRun;

  constructor(name: string) {
    this.path = join(folder.path, name);
    folder.write(`${name}/app.ts`, APP);
    folder.write(`${name}/in.txt`, "");
  }

  async start(): Promise<void> {
    this.run = await LocalRun.start({ app: "./app.ts", cwd: this.path, more: ["--data", "data"] });
    running.push(this.run);
  }

  async kill(): Promise<void> {
    this.run.child.kill("SIGKILL");
    await this.run.child.exited;
  }

  /** Adds a line when all before is durable, and waits for the checkpoint behind it. */
  async add(line: string): Promise<number> {
    const before = (await this.run.status()).cluster.checkpoint?.epoch ?? 0;
    appendFileSync(join(this.path, "in.txt"), `${line}\n`);
    const isBehind = ({ cluster }: ClusterJobStatus): boolean =>
      (cluster.checkpoint?.epoch ?? 0) > before;
    return (await this.when(isBehind)).cluster.checkpoint!.epoch;
  }

  async when(isRight: (status: ClusterJobStatus) => boolean): Promise<ClusterJobStatus> {
    for (;;) {
      const status = await this.run.status();
      if (isRight(status)) return status;
      await Bun.sleep(20);
    }
  }

  /** The file that only the newest checkpoint has. */
  rot(): void {
    const blobs = join(this.path, "data/run/store/blobs/jobs");
    const all = (readdirSync(blobs, { recursive: true }) as string[]).filter((name) => {
      return name.endsWith(".seg");
    });
    const epochOf = (name: string): number => Number(/(\d+)-[^/]+$/.exec(name)![1]);
    flipBit(join(blobs, all.sort((a, b) => epochOf(b) - epochOf(a))[0]!));
  }

  async ls(): Promise<string> {
    return (await runBinary(["checkpoint", "ls", "--data", "data"], { cwd: this.path })).stdout;
  }

  get lines(): string[] {
    const out = join(this.path, "out");
    const parts = readdirSync(out).filter((name) => name.startsWith("part"));
    const texts = parts.sort().map((part) => readFileSync(join(out, part), "utf8"));
    return texts.join("").split("\n").slice(0, -1);
  }
}

async function begun(name: string): Promise<Job> {
  const job = new Job(name);
  await job.start();
  await job.run.started();
  await job.add("a");
  while (job.lines.length === 0) await Bun.sleep(20);
  return job;
}

test.concurrent(
  "where nothing was shown since, it goes back, says so, and counts each line once",
  async () => {
    const job = await begun("quiet");
    const shown = await job.add("q1");
    const newest = await job.add("q2");
    await job.kill();
    job.rot();
    await job.start();
    const told = await job.run.log(/is damaged, and the job goes back to/);
    expect(told).toContain(`checkpoint ${newest} is damaged, and the job goes back to ${shown}`);
    const { cluster } = await job.run.started();
    expect(cluster.wentBack).toMatchObject({ from: newest, to: shown });
    expect(cluster.wentBack!.why).toContain("its bytes have another hash");
    expect(await job.add("b")).toBeGreaterThan(newest);
    while (job.lines.length < 2) await Bun.sleep(20);
    expect(job.lines).toEqual(["a 1", "b 4"]);
    expect(await job.ls()).toMatch(new RegExp(`${newest} .* damaged-${newest}\n`));
    job.run.child.kill("SIGTERM");
    expect(await job.run.child.exited).toBe(0);
  },
);

test.concurrent(
  "where output was committed since, it says which, and what can be done",
  async () => {
    const job = await begun("loud");
    const before = await job.add("q1");
    const newest = await job.add("b");
    while (job.lines.length < 2) await Bun.sleep(20);
    await job.kill();
    job.rot();
    const { status, stderr } = await runBinary(
      ["run", "./app.ts", "--data", "data", "--http", "off", "-q"],
      { cwd: job.path },
    );
    expect(status).toBe(1);
    expect(stderr).toContain(
      `checkpoint ${before} is whole, and is not gone back to without being asked: ` +
        `sink "out" has committed output of ${newest}, which would come twice. Put the files back`,
    );
    expect(stderr).toContain(
      `a job of \`wallaroo run --data\` is run again with \`--from ${before} --accept-duplicates\``,
    );
    expect(job.lines).toEqual(["a 1", "b 3"]);
    expect(await job.ls()).toMatch(new RegExp(` ${before} +2`));
    const chosen = ["--data", "data", "--http", "off", "-q", "--from", `${before}`];
    const refused = await runBinary(["run", "./app.ts", ...chosen], { cwd: job.path });
    expect(refused.stderr).toContain("if that may be, add --accept-duplicates");
    const again = await LocalRun.start({
      app: "./app.ts",
      cwd: job.path,
      more: ["--data", "data", "--from", `${before}`, "--accept-duplicates"],
    });
    running.push(again);
    while (job.lines.length < 3) await Bun.sleep(20);
    expect(job.lines).toEqual(["a 1", "b 3", "b 3"]);
    again.child.kill("SIGTERM");
    expect(await again.child.exited).toBe(0);
  },
);

test("a coordinator begins no empty cluster beside what run --data has kept", async () => {
  const name = "beside";
  folder.write(`${name}/data/run/cluster/log/000000000001`, "kept");
  const asked = ["coordinator", "--listen", "127.0.0.1:0", "--http", "off", "--data", "data"];
  const { status, stderr } = await runBinary(asked, { cwd: join(folder.path, name) });
  expect(status).toBe(1);
  expect(stderr).toContain(`data/run, or name another folder`);
});
