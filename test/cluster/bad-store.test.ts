/**
 * A store that fails while a job runs, at the real binary: the job waits, says why, and goes on
 * when the store is there again; each record is counted and written once.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../support/app-folder.ts";
import { binary, lineOf, runBinary, startBinary, type Started } from "../support/binary.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { LineReader } from "../support/lines.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
const children: Started[] = [];
beforeAll(binary, 60_000);
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

const KEYS = 5;
const BLOCK = 50;

/** Lines that are added to a file, counted by key, into a file. */
class Counted {
  readonly path: string;
  #written = 0;

  constructor(name: string) {
    this.path = join(folder.path, name);
    folder.write(
      `${name}/apps/counts.ts`,
      `import { app, file, state, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", file.read({ path: "${this.path}/in.txt", decode: utf8, follow: "20ms" }))
    .keyBy("key", (line: string) => Number(line) % ${KEYS})
    .mapWithState("count", state(() => ({ n: 0 })), (line: string, s) => line + " " + ++s.n)
    .sink("out", file.write({ path: "${this.path}/out", encode: utf8 }));
});
`,
    );
    this.add();
  }

  add(): void {
    const lines = Array.from({ length: BLOCK }, (_, i) => `${this.#written + i}\n`);
    appendFileSync(join(this.path, "in.txt"), lines.join(""));
    this.#written += BLOCK;
  }

  get lines(): string[] {
    const out = join(this.path, "out");
    let parts: string[] = [];
    try {
      parts = readdirSync(out).filter((one) => one.startsWith("part"));
    } catch {
      // The sink has not made it yet.
    }
    const texts = parts.sort().map((part) => readFileSync(join(out, part), "utf8"));
    return texts.join("").split("\n").slice(0, -1);
  }

  /** Resolves when all that was added is out, once each. */
  async committed(): Promise<void> {
    while (this.lines.length < this.#written) await Bun.sleep(20);
    this.check();
  }

  check(blocks = this.#written / BLOCK): void {
    const wanted = Array.from({ length: blocks * BLOCK }, (_, n) => {
      return `${n} ${Math.floor(n / KEYS) + 1}`;
    });
    expect(this.lines).toEqual(wanted);
  }
}

const whyNoMounts = process.getuid?.() === 0 && Bun.which("mount") !== null ? "" : "needs root";

function mount(...args: readonly string[]): void {
  const { success, stderr } = Bun.spawnSync(["mount", ...args]);
  if (!success) throw new Error(`mount ${args.join(" ")}: ${stderr.toString()}`);
}

const unmount = (path: string): void => void Bun.spawnSync(["umount", "-l", path]);

async function start(counted: Counted): Promise<LocalRun> {
  const more = ["--data", "data"];
  const run = await LocalRun.start({ app: "./apps/counts.ts", cwd: counted.path, more });
  children.push(run.child);
  return run;
}

async function begun(counted: Counted): Promise<LocalRun> {
  const run = await start(counted);
  await run.started();
  await counted.committed();
  return run;
}

/** What is added meanwhile is committed when it is mended, and the run ends in good order. */
async function outlives(name: string, told: RegExp, harm: (data: string) => Disposable) {
  const counted = new Counted(name);
  const run = await begun(counted);
  {
    using _mended = harm(join(counted.path, "data/run"));
    counted.add();
    await run.log(told);
    counted.check(1);
  }
  await counted.committed();
  run.child.kill("SIGTERM");
  expect((await run.ended()).status.state).toBe("stopped");
  expect(await run.child.exited).toBe(0);
}

describe("a folder", () => {
  test("that is moved away is asked for, and gone on with when it is back", async () => {
    await outlives("moved", /waits: the store does not take it.*is gone: was it moved/, (data) => {
      renameSync(`${data}/store`, `${data}/away`);
      return { [Symbol.dispose]: () => renameSync(`${data}/away`, `${data}/store`) };
    });
  });

  test.skipIf(whyNoMounts !== "")("on a file system that became read-only", async () => {
    await outlives("readonly", /store does not take it.*read-only: choose another/, (data) => {
      mount("--bind", `${data}/store`, `${data}/store`);
      mount("-o", "remount,ro,bind", `${data}/store`);
      return { [Symbol.dispose]: () => unmount(`${data}/store`) };
    });
  });

  test.skipIf(whyNoMounts !== "")("on a disk that is full", async () => {
    const data = join(folder.path, "full", "data");
    mkdirSync(data, { recursive: true });
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", data);
    try {
      await outlives("full", /store does not take it.*the disk is full: free some/, () => {
        const rest = join(data, "rest");
        const half = Buffer.alloc(512 * 1024);
        expect(() => {
          for (;;) appendFileSync(rest, half);
        }).toThrow("ENOSPC");
        return { [Symbol.dispose]: () => rmSync(rest) };
      });
    } finally {
      unmount(data);
    }
  });

  test("that cannot be made when a job begins is waited for, and the path is named", async () => {
    const counted = new Counted("blocked");
    const store = join(counted.path, "data/run/store");
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, "logs"), "");
    const run = await start(counted);
    const told = await run.log(/the store does not answer; it is tried again/);
    expect(told).toContain(`make folder ${store}/logs/jobs/counts-`);
    expect(told).toContain("a part of the path is a file, not a folder: check the path");
    expect(counted.lines).toEqual([]);
    rmSync(join(store, "logs"));
    await run.started();
    await counted.committed();
    run.child.kill("SIGTERM");
    expect(await run.child.exited).toBe(0);
  });

  test("that a coordinator has is refused to a second one, which names it", async () => {
    const cwd = folder.path;
    const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const args = ["coordinator", ...listen, "--data", "d"];
    const first = await startBinary([...args, "--json"], { cwd });
    children.push(first);
    await lineOf(first.stdout, /"started"/);
    const second = await runBinary(args, { cwd });
    expect([second.status, second.stderr]).toEqual([
      1,
      expect.stringContaining(
        `another coordinator has the folder ${cwd}/d/cluster: stop it, or name`,
      ),
    ]);
    first.kill("SIGTERM");
    expect(await first.exited).toBe(0);
  });
});

async function lineIn(logs: LineReader, pattern: RegExp): Promise<string> {
  for (;;) {
    const line = await logs.next();
    if (pattern.test(line)) return line;
  }
}

class S3Cluster {
  readonly server = new FakeS3();
  readonly counted = new Counted("s3");
  http = "";
  boss!: Started;
  #logs!: LineReader;
  #workerLogs!: LineReader;

  async start(): Promise<void> {
    const env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
    const options = { cwd: this.counted.path, env };
    const store = `s3://bucket/some/place?timeout=500ms&endpoint=${this.server.endpoint}`;
    const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", store];
    this.boss = await startBinary(["coordinator", ...listen, "--json"], options);
    const [line] = await lineOf(this.boss.stdout, /\{.*"started".*\}/);
    const at = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
    this.http = `http://${at.http.host}:${at.http.port}`;
    const join_ = `${at.listen.host}:${at.listen.port}`;
    const worker = await startBinary(["worker", "--join", join_, "--name", "w"], options);
    this.#logs = new LineReader(this.boss.stderr);
    this.#workerLogs = new LineReader(worker.stderr);
    children.push(this.boss, worker);
  }

  log(pattern: RegExp): Promise<string> {
    return lineIn(this.#logs, pattern);
  }

  workerLog(pattern: RegExp): Promise<string> {
    return lineIn(this.#workerLogs, pattern);
  }

  async kill(): Promise<void> {
    for (const child of children.splice(-2)) {
      child.kill("SIGKILL");
      await child.exited;
    }
  }

  /** Resolves when as many requests that write a file of state have come. */
  async asked(count: number): Promise<void> {
    const { server } = this;
    const from = server.requests.length;
    // Not those that renew the lease of the coordinator.
    const isWrite = (one: string): boolean => /^PUT (?!.*clusters\/)/.test(one);
    while (server.requests.slice(from).filter(isWrite).length < count) await Bun.sleep(10);
  }
}

test("a server: refuses, loses answers, is silent for a while, and at last is wiped", async () => {
  const cluster = new S3Cluster();
  const { server, counted } = cluster;
  try {
    await cluster.start();
    const deploy = ["deploy", "counts", "--coordinator", cluster.http];
    const deployed = await runBinary(deploy, { cwd: counted.path });
    expect([deployed.status, deployed.stderr]).toEqual([0, expect.anything()]);
    await counted.committed();

    server.fault = () => "refused";
    counted.add();
    await cluster.asked(2);
    counted.check(1);
    server.fault = () => undefined;
    await counted.committed();

    let count = 0;
    server.fault = (method) => (method === "PUT" && count++ % 2 === 0 ? "lost" : undefined);
    counted.add();
    await counted.committed();
    server.fault = () => undefined;

    const { promise, resolve } = Promise.withResolvers<void>();
    server.hold = promise;
    counted.add();
    await cluster.asked(2);
    // Each request is given up in its time; what it asked for is done when nobody waits for it.
    await cluster.workerLog(/gave no answer within 500 ms: too slow/);
    counted.check(3);
    server.hold = undefined;
    resolve();
    await counted.committed();

    // Behind the end of all, who might write to it once more.
    await cluster.kill();
    server.objects.clear();
    await cluster.start();
    const told = await cluster.log(/the job is failed/);
    expect(told).toMatch(/checkpoint \d+ of job counts was stored, and s3:\S+ has none: was it wi/);
    counted.check(4);
    await cluster.kill();
  } finally {
    await server.stop();
  }
});
