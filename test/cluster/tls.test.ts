/** A cluster of real processes that speak TLS: certificates made by the binary, and wrong ones. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterSummary, JobSummary, WorkerSummary } from "../../src/model/cluster-status.ts";
import type { SourceStatus } from "../../src/model/status.ts";
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
import { STRANGER, tlsOf } from "../support/certificates.ts";

setDefaultTimeout(60_000);

const APPS = join(import.meta.dir, "..", "..", "apps");
const folder = mkdtempSync(join(tmpdir(), "wallaroo-tls-"));
const children: Started[] = [];
let joinAt = "";
let url = "";

const certificate = (name: string, dir = "ca"): readonly string[] => [
  "--tls-cert",
  `${dir}/${name}.pem`,
  "--tls-key",
  `${dir}/${name}.key`,
  "--tls-ca",
  "ca/ca.pem",
];

async function start(...args: readonly string[]): Promise<Started> {
  const child = await startBinary(args, { cwd: folder });
  children.push(child);
  return child;
}

function askJson<T>(...args: readonly string[]): Promise<T> {
  return askBinary<T>([...args, "--coordinator", url, ...certificate("ops")], { cwd: folder });
}

/** Asks as `wallaroo` does, without starting it: it is asked often. */
async function summary(): Promise<ClusterSummary> {
  const read = (name: string): Promise<string> => Bun.file(join(folder, name)).text();
  const [cert, key, ca, token] = await Promise.all(
    ["ca/ops.pem", "ca/ops.key", "ca/ca.pem", ".wallaroo/token"].map(read),
  );
  const tls = { cert: cert!, key: key!, ca: ca!, rejectUnauthorized: true };
  const headers = { authorization: `Bearer ${token!.trim()}` };
  return (await (await fetch(`${url}/v1/cluster`, { tls, headers })).json()) as ClusterSummary;
}

/** The lines of everybody who connects. */
function receiver() {
  const lines: string[] = [];
  let rest = "";
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (_, chunk) => {
        const parts = (rest + chunk.toString()).split("\n");
        rest = parts.pop()!;
        lines.push(...parts);
      },
    },
  });
  return { lines, port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

beforeAll(async () => {
  await binary();
  const ca = (...args: readonly string[]): Promise<Ran> => {
    return runBinary(["ca", ...args], { cwd: folder });
  };
  expect(await ca("init")).toMatchObject({ status: 0, stderr: "" });
  const issued = await Promise.all(
    [["coordinator"], ["w-1"], ["w-2"], ["w-3"], ["ops", "ca", "--role", "client"]].map((args) => {
      return ca("issue", ...args);
    }),
  );
  expect(issued.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0]);
  mkdirSync(join(folder, "rogue"));
  const rogue = tlsOf("worker", "w-3", { by: STRANGER });
  writeFileSync(join(folder, "rogue", "w-3.pem"), rogue.cert);
  writeFileSync(join(folder, "rogue", "w-3.key"), rogue.key, { mode: 0o600 });
  writeFileSync(join(folder, "rogue", "ca.pem"), STRANGER.cert);
  const local = "127.0.0.1:0";
  const args = ["coordinator", "--listen", local, "--http", local, "--apps", APPS, "--json"];
  const coordinator = await start(...args, ...certificate("coordinator"));
  const [line] = await lineOf(coordinator.stdout, /\{.*"started".*\}/);
  const started = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
  joinAt = `${started.listen.host}:${started.listen.port}`;
  url = `https://${started.http.host}:${started.http.port}`;
  for (const name of ["w-1", "w-2"]) await start("worker", "--join", joinAt, ...certificate(name));
  await until(summary, ({ workers }) => workers === 2);
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("word count runs on two workers, which have the names of their certificates", async () => {
  const { workers } = await askJson<{ workers: readonly WorkerSummary[] }>("workers");
  expect(workers.map(({ name }) => name)).toEqual(["w-1", "w-2"]);
  using out = receiver();
  const settings = ["--set", "in=127.0.0.1:0", "--set", `out=127.0.0.1:${out.port}`];
  const deployed = await askJson<JobSummary>("deploy", "word-count", ...settings);
  expect(deployed).toMatchObject({ state: "running", workers: ["w-1", "w-2"] });
  const { sources } = await askJson<{ sources: readonly SourceStatus[] }>("sources", "word-count");
  const address = sources[0]!.addresses[0]!;
  const text = Array.from({ length: 500 }, (_, i) => `word${i % 50} other${i % 7}`).join(" ");
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt32BE(text.length);
  frame.write(text, 4);
  const producer = await Bun.connect({
    hostname: address.host,
    port: address.port,
    socket: { data: () => undefined },
  });
  producer.write(frame);
  await until(
    () => Promise.resolve(out.lines.length),
    (count) => count >= 1_000,
  );
  expect(out.lines.filter((line) => line.startsWith("word7 ")).length).toBe(10);
  expect(out.lines.filter((line) => line.startsWith("other0 ")).at(-1)).toMatch(/\b72\b/);
  producer.end();
  expect(await askJson<JobSummary>("stop", "word-count")).toMatchObject({ state: "stopped" });
});

test("a worker of another authority is refused, counted and told so", async () => {
  const args = ["worker", "--join", joinAt, "--tls-ca", "ca/ca.pem", "--data", "elsewhere"];
  const words = [...args, "--tls-cert", "rogue/w-3.pem", "--tls-key", "rogue/w-3.key"];
  const ran = await runBinary(words, { cwd: folder });
  expect(ran).toMatchObject({ status: 1 });
  expect(ran.stderr).toMatch(/rogue\/w-3.pem is not signed by the authority in .*ca\.pem/);
  const pair = { cert: "rogue/w-3.pem", key: "rogue/w-3.key", ca: "ca/ca.pem" };
  const read = (path: string): Promise<string> => Bun.file(join(folder, path)).text();
  const tls = {
    cert: await read(pair.cert),
    key: await read(pair.key),
    ca: await read(pair.ca),
    rejectUnauthorized: true,
    serverName: "coordinator.wallaroo.internal",
  };
  const [hostname, port] = joinAt.split(":") as [string, string];
  const closed = Promise.withResolvers<void>();
  const bytes: number[] = [];
  await Bun.connect({
    hostname,
    port: Number(port),
    tls,
    socket: {
      data: (_, chunk) => void bytes.push(...chunk),
      close: () => closed.resolve(),
    },
  });
  await closed.promise;
  expect(bytes).toEqual([]);
  await expect(fetch(`${url}/v1/cluster`, { tls })).rejects.toThrow();
  await until(summary, ({ refused }) => (refused["bad_certificate"] ?? 0) >= 1);
});

test("a worker is not taken in under another name, and a client not as a worker", async () => {
  const named = ["worker", "--join", joinAt, "--name", "w-2", ...certificate("w-3")];
  const ran = await runBinary(named, { cwd: folder });
  expect(ran).toMatchObject({ status: 1 });
  expect(ran.stderr).toMatch(/--name is w-2, and --tls-cert .* is of worker w-3/);
  const client = await runBinary(["worker", "--join", joinAt, ...certificate("ops")], {
    cwd: folder,
  });
  expect(client).toMatchObject({ status: 1 });
  expect(client.stderr).toMatch(/is of client\/ops; here one of a worker is needed/);
});

test("who means another coordinator, or none by its certificate, tells it no token", async () => {
  const words = ["jobs", "--coordinator", url, "--tls-ca", "rogue/ca.pem"];
  const files = ["--tls-cert", "rogue/w-3.pem", "--tls-key", "rogue/w-3.key"];
  const ran = await runBinary([...words, ...files], { cwd: folder });
  expect(ran).toMatchObject({ status: 1 });
  expect(ran.stderr).toMatch(/no answer from https:/);
});

test("beyond this machine there is TLS, or somebody said that there need not be", async () => {
  const listening = ["worker", "--join", joinAt, "--listen", "0.0.0.0:0"];
  const ran = await runBinary(listening, { cwd: folder });
  expect(ran).toMatchObject({ status: 1 });
  expect(ran.stderr).toMatch(/0\.0\.0\.0 is beyond this machine.*--tls-cert.*--insecure/);
  const asking = await runBinary(["jobs", "--coordinator", "http://192.0.2.1:7401"], {
    cwd: folder,
  });
  expect(asking).toMatchObject({ status: 1 });
  expect(asking.stderr).toMatch(/192\.0\.2\.1 is beyond this machine/);
});

test("an environment that lets certificates pass unchecked stops the binary", async () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const ran = await runBinary(["version"], { cwd: folder, env });
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toMatch(/unset NODE_TLS_REJECT_UNAUTHORIZED/);
});
