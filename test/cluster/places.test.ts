/** How many workers read and write, as an app says, in a cluster of real processes. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { app, memory, utf8, tcp } from "../../src/api/mod.ts";
import { planFor } from "../../src/coordinator/deploy.ts";
import type { JobSpec } from "../../src/coordinator/job-spec.ts";
import { appGraph } from "../../src/host/app-graph.ts";
import type { ClusterJobStatus, JobSummary } from "../../src/model/cluster-status.ts";
import { place } from "../../src/planner/place.ts";
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

const folder = mkdtempSync(join(tmpdir(), "wallaroo-places-"));
const children: Started[] = [];
const workers = new Map<string, Started>();
let joinAt = "";
let http = "";

function ask(...args: readonly string[]): Promise<Ran> {
  return runBinary([...args, "--coordinator", http], { cwd: folder });
}

function askJson<T>(...args: readonly string[]): Promise<T> {
  return askBinary<T>([...args, "--coordinator", http], { cwd: folder });
}

async function startWorkers(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const child = await startBinary(["worker", "--join", joinAt, "--name", name], { cwd: folder });
    children.push(child);
    workers.set(name, child);
  }
  const here = async (): Promise<number> =>
    (await askJson<{ workers: readonly unknown[] }>("workers")).workers.length;
  await until(here, (count) => count === workers.size);
}

const jobOf = async (name: string): Promise<JobSummary> => {
  const { jobs } = await askJson<{ jobs: readonly JobSummary[] }>("jobs");
  return jobs.find(({ job }) => job === name)!;
};

beforeAll(async () => {
  await binary();
  mkdirSync(join(folder, "apps"));
  const args = ["coordinator", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--json"];
  const coordinator = await startBinary(args, { cwd: folder });
  children.push(coordinator);
  const [line] = await lineOf(coordinator.stdout, /\{.*"started".*\}/);
  const started = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
  joinAt = `${started.listen.host}:${started.listen.port}`;
  http = `http://${started.http.host}:${started.http.port}`;
  await startWorkers("p-1", "p-2", "p-3", "p-4", "p-5");
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Who reads the source of the app below, by the rule that coordinators deal by. */
async function readers(names: readonly string[]): Promise<readonly string[]> {
  const listening = app("reading", (flow) => {
    const source = tcp.listen({ address: "127.0.0.1:0", frame: "lines", decode: utf8 });
    flow.source("in", source, { on: 3 }).sink("out", memory.sink<string>().sink);
  });
  const graph = appGraph(await listening.build({}));
  const plan = planFor({ graph } as JobSpec, names.length);
  const data = { host: "h", port: 1 };
  const all = names.map((name) => ({ name, data, host: "h" }));
  const placement = place({ plan, wishes: graph.wishes, workers: all });
  const { step, instances } = placement.sources[0]!;
  const task = plan.tasks.findIndex(({ steps }) => steps.includes(step));
  return instances.map((one) => names[placement.tasks[task]!.instances[one]!]!);
}

test("a source on three of five workers has three addresses, also when one dies", async () => {
  const source = `
import { app, file, tcp, utf8 } from "wallaroo";
export default app("reading", (flow) => {
  flow
    .source("in", tcp.listen({ address: "127.0.0.1:0", frame: "lines", decode: utf8 }), { on: 3 })
    .sink("out", file.write({ path: ${JSON.stringify(join(folder, "lines"))}, encode: utf8 }));
});
`;
  writeFileSync(join(folder, "apps", "reading.ts"), source);
  await askJson<JobSummary>("deploy", "reading");
  const ports = async (): Promise<readonly string[]> => {
    const { stdout } = await ask("sources", "reading");
    return [...stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port!);
  };
  const checkPorts = async (): Promise<void> => {
    const all = await until(ports, ({ length }) => length === 3);
    expect(new Set(all).size).toBe(3);
    for (const port of all) {
      const sent = await runBinary(["send", `127.0.0.1:${port}`, "-"], { input: "a line\n" });
      expect(sent).toMatchObject({ status: 0 });
    }
  };
  await checkPorts();
  const found = await readers([...workers.keys()]);
  expect(found).toHaveLength(3);
  workers.get(found[1]!)!.kill("SIGKILL");
  workers.delete(found[1]!);
  const isBack = ({ restarts, state }: JobSummary): boolean =>
    restarts === 1 && state === "running";
  const { workers: left } = await until(() => jobOf("reading"), isBack);
  expect(left.toSorted()).toEqual([...workers.keys()]);
  await checkPorts();
  expect(await askJson<JobSummary>("stop", "reading")).toMatchObject({ state: "stopped" });
});

test("eight workers write by as many connections as their sink is to have", async () => {
  await startWorkers("p-6", "p-7", "p-8", "p-9");
  expect(workers.size).toBe(8);
  let [open, most, lines] = [0, 0, 0];
  const receiver = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: () => void (most = Math.max(most, ++open)),
      close: () => void open--,
      data: (_, bytes) => void (lines += bytes.filter((byte) => byte === 10).length),
    },
  });
  try {
    const source = `
import { app, generator, tcp, utf8 } from "wallaroo";
export default app("writing", (flow) => {
  const address = "127.0.0.1:${receiver.port}";
  flow
    .source("in", generator({ make: (i) => i, rate: 200 }), { on: "every worker" })
    .map("text", (n) => String(n))
    .sink("out", tcp.connect({ address, frame: "lines", encode: utf8 }), { connections: 2 });
});
`;
    writeFileSync(join(folder, "apps", "writing.ts"), source);
    await askJson<JobSummary>("deploy", "writing");
    await until(
      async () => lines,
      (count) => count > 1_000,
    );
    const isRunning = ({ state }: JobSummary): boolean => state === "running";
    expect((await until(() => jobOf("writing"), isRunning)).workers).toHaveLength(8);
    expect([open, most]).toEqual([2, 2]);
    // What each worker gave went through the two that write, and each step took what was given.
    const proven = async (): Promise<ClusterJobStatus> => await askJson("status", "writing");
    const isProven = ({ cluster: { checkpoint } }: ClusterJobStatus): boolean =>
      (checkpoint?.proof?.epochs ?? 0) >= 2;
    const { proof } = (await until(proven, isProven)).cluster.checkpoint!;
    expect(proof).toMatchObject({ channels: 16, records: proof!.steps!.at(-1)!.in });
    const shown = (await ask("status", "writing")).stdout;
    expect(shown).toMatch(/records sent through 16 channels since its generation began, and as /);
    expect(shown).toMatch(/^out +at-most-once /m);
    expect(await askJson<JobSummary>("stop", "writing")).toMatchObject({ state: "stopped" });
    expect(most).toBe(2);
  } finally {
    receiver.stop(true);
  }
});
