/** A cluster of real processes: deployed, seen, hurt, stopped by the commands of the binary. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobSummary, WorkerSummary } from "../../src/model/cluster-status.ts";
import {
  askBinary,
  binary,
  lineOf,
  type Ran,
  runBinary,
  startBinary,
  type Started,
} from "../support/binary.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "wallaroo-control-"));
const children: Started[] = [];
let coordinator: Started;
let joinAt: string;
let http: string;

const OUT = join(folder, "out.txt");
const APP = `
import { app, file, generator, state, utf8 } from "wallaroo";
export default app("numbers", (flow) => {
  flow
    .source("in", generator({ make: (i) => i, rate: 100 }), { on: "every worker" })
    .keyBy("key", (n) => n % 7)
    .mapWithState("count", state(() => ({ count: 0 })), (n, s) => "" + ++s.count)
    .sink("out", file.write({ path: ${JSON.stringify(OUT)}, encode: utf8, mode: "append" }));
});
`;

async function start(args: readonly string[]): Promise<Started> {
  const child = await startBinary(args, { cwd: folder });
  children.push(child);
  return child;
}

async function startCoordinator(listen: string, web: string): Promise<void> {
  coordinator = await start(["coordinator", "--listen", listen, "--http", web, "--json"]);
  const [line] = await lineOf(coordinator.stdout, /\{.*"started".*\}/);
  const started = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
  joinAt = `${started.listen.host}:${started.listen.port}`;
  http = `http://${started.http.host}:${started.http.port}`;
}

async function startWorker(name: string): Promise<Started> {
  return await start(["worker", "--join", joinAt, "--name", name]);
}

function ask(...args: readonly string[]): Promise<Ran> {
  return runBinary([...args, "--coordinator", http], { cwd: folder });
}

function askJson<T>(...args: readonly string[]): Promise<T> {
  return askBinary<T>([...args, "--coordinator", http], { cwd: folder });
}

const job = async (): Promise<JobSummary> => {
  return (await askJson<{ jobs: readonly JobSummary[] }>("jobs")).jobs[0]!;
};
const workers = async (): Promise<readonly string[]> => {
  const all = await askJson<{ workers: readonly WorkerSummary[] }>("workers");
  return all.workers.map(({ name }) => name);
};

beforeAll(async () => {
  await binary();
  mkdirSync(join(folder, "apps"));
  writeFileSync(join(folder, "apps", "numbers.ts"), APP);
  await startCoordinator("127.0.0.1:0", "127.0.0.1:0");
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("the token is its owner's alone, and without it nobody is told anything", async () => {
  expect(statSync(join(folder, ".wallaroo", "token")).mode & 0o777).toBe(0o600);
  const refused = await runBinary(["jobs", "--coordinator", http, "--data", "elsewhere"], {
    cwd: folder,
  });
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toMatch(/a token is needed/);
});

test("a second coordinator of a folder is refused while the first lives", async () => {
  const second = await runBinary(["coordinator", "--listen", "127.0.0.1:0", "--http", "off"], {
    cwd: folder,
  });
  expect(second).toMatchObject({ status: 1 });
  expect(second.stderr).toMatch(/another coordinator has the folder/);
});

test("a job runs on the workers, goes on without one that dies, and stops", async () => {
  await startWorker("w-1");
  const victim = await startWorker("w-2");
  await until(workers, (names) => names.length === 2);
  const deployed = await askJson<JobSummary>("deploy", "numbers");
  expect(deployed).toMatchObject({ state: "running", workers: ["w-1", "w-2"], restarts: 0 });

  await until(job, ({ checkpoint }) => checkpoint !== undefined);
  victim.kill("SIGKILL");
  const moved = await until(job, ({ restarts, state }) => restarts === 1 && state === "running");
  expect(moved.workers).toEqual(["w-1"]);
  expect(moved.lastEnd).toMatch(/worker w-2 is gone/);
  expect((await ask("status")).stdout).toMatch(
    /began again from a checkpoint, since worker w-2 is gone/,
  );

  const again = await ask("deploy", "numbers");
  expect(again).toMatchObject({ status: 1 });
  expect(again.stderr).toMatch(/a job numbers is there already/);
});

test("a coordinator that is killed takes its job up again; then the job is stopped", async () => {
  coordinator.kill("SIGKILL");
  await coordinator.exited;
  await startCoordinator(joinAt, http.replace("http://", ""));
  const again = await until(job, ({ state }) => state === "running");
  expect(again).toMatchObject({ generation: expect.stringMatching(/^2\./), workers: ["w-1"] });
  expect(await askJson<JobSummary>("stop", "numbers")).toMatchObject({ state: "stopped" });
  expect(readFileSync(OUT, "utf8").split("\n").length).toBeGreaterThan(10);
});

test("an app that is not there is refused with what there is", async () => {
  const refused = await ask("deploy", "nombres");
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toMatch(/no app "nombres".*numbers/s);
});

test("a coordinator whose file was removed, as by an update, still takes apps", async () => {
  const program = join(folder, "older-wallaroo");
  copyFileSync(await binary(), program);
  const args = ["coordinator", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", "old"];
  const older = await startBinary([...args, "--json"], { cwd: folder, program });
  children.push(older);
  const [line] = await lineOf(older.stdout, /\{.*"started".*\}/);
  const { http: at } = JSON.parse(line) as { http: { port: number } };
  rmSync(program);
  const to = ["--coordinator", `http://127.0.0.1:${at.port}`, "--data", "old"];
  const taken = await runBinary(["deploy", "numbers", "--workers", "1", ...to], { cwd: folder });
  // It was bundled and tried, by a copy of that process.
  expect(taken).toMatchObject({ status: 0, stderr: "" });
  expect(taken.stdout).toMatch(/job numbers/);
});

test("a source on two of three workers has two addresses, also when one of them dies", async () => {
  const app = `
import { app, file, tcp, utf8 } from "wallaroo";
export default app("listening", (flow) => {
  flow
    .source("in", tcp.listen({ address: "127.0.0.1:0", frame: "lines", decode: utf8 }), { on: 2 })
    .sink("out", file.write({ path: ${JSON.stringify(join(folder, "lines"))}, encode: utf8 }));
});
`;
  writeFileSync(join(folder, "apps", "listening.ts"), app);
  const started = new Map<string, Started>();
  for (const name of ["l-1", "l-2", "l-3"]) started.set(name, await startWorker(name));
  await until(workers, (names) => [...started.keys()].every((name) => names.includes(name)));
  await askJson<JobSummary>("deploy", "listening");
  const ports = async (): Promise<readonly string[]> => {
    return [...(await ask("sources", "listening")).stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(
      ([, port]) => port!,
    );
  };
  const before = await until(ports, (all) => all.length === 2);
  expect(new Set(before).size).toBe(2);
  for (const port of before) {
    const sent = await runBinary(["send", `127.0.0.1:${port}`, "-"], { input: "a line\n" });
    expect(sent.status).toBe(0);
  }
  started.get("l-1")!.kill("SIGKILL");
  const one = async () => {
    const { jobs } = await askJson<{ jobs: readonly JobSummary[] }>("jobs");
    return jobs.find(({ job }) => job === "listening")!;
  };
  await until(one, ({ restarts, state }) => restarts === 1 && state === "running");
  const after = await until(ports, (all) => all.length === 2);
  for (const port of after) {
    const sent = await runBinary(["send", `127.0.0.1:${port}`, "-"], { input: "a line\n" });
    expect(sent.status).toBe(0);
  }
  expect(await askJson<JobSummary>("stop", "listening")).toMatchObject({ state: "stopped" });
});
