/** A file of a checkpoint that rots while the job runs, in a cluster of real processes. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterJobStatus } from "../../src/model/cluster-status.ts";
import { AppFolder } from "../support/app-folder.ts";
import { lineOf, runBinary, startBinary, type Started } from "../support/binary.ts";
import { flipBit } from "../support/left-run.ts";

setDefaultTimeout(60_000);

const APP = `
import { app, file, state, tcp, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", tcp.listen({ address: "127.0.0.1:0", frame: "lines", decode: utf8 }))
    .keyBy("key", (line) => line)
    .mapWithState("count", state(() => ({ n: 0 })), (_, s, ctx) => ctx.key + " " + ++s.n)
    .sink("out", file.write({ path: "out", encode: utf8 }), { connections: 1 });
});
`;

const folder = new AppFolder({ "apps/counts.ts": APP });
const cwd = folder.path;
const children: Started[] = [];
let http = "";
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

async function started(...args: readonly string[]): Promise<Started> {
  const child = await startBinary(args, { cwd });
  children.push(child);
  return child;
}

async function statusWhen(isRight: (status: ClusterJobStatus) => boolean) {
  for (;;) {
    const ran = await runBinary(["status", "counts", "--coordinator", http, "--json"], { cwd });
    if (ran.status === 0) {
      const status = JSON.parse(ran.stdout) as ClusterJobStatus; // Our own process wrote it.
      if (isRight(status)) return status;
    }
    await Bun.sleep(50);
  }
}

async function send(status: ClusterJobStatus, lines: readonly string[]): Promise<void> {
  const [{ host, port } = { host: "", port: 0 }] = status.sources[0]!.addresses;
  const text = lines.map((line) => `${line}\n`).join("");
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const socket = { data: () => undefined, close: () => close() };
  const connection = await Bun.connect({ hostname: host, port, socket });
  connection.write(text);
  connection.end();
  await closed;
}

const segments = (): readonly string[] =>
  readdirSync(join(cwd, ".wallaroo/store/blobs/jobs"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".seg"))
    .map((name) => join(cwd, ".wallaroo/store/blobs/jobs", name));

test("it is found, its state is written anew from memory, and a kill finds it whole", async () => {
  const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const boss = await started("coordinator", ...listen, "--verify", "200ms", "--json");
  const [line] = await lineOf(boss.stdout, /\{.*"started".*\}/);
  const at = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
  http = `http://${at.http.host}:${at.http.port}`;
  const join_ = `${at.listen.host}:${at.listen.port}`;
  const worker = await started("worker", "--join", join_, "--name", "w");
  const deployed = await runBinary(["deploy", "counts", "--coordinator", http], { cwd });
  expect(deployed.stderr).toBe("");
  const up = await statusWhen(({ sources }) => sources[0]?.addresses.length === 1);
  await send(up, ["a", "b", "a"]);
  await statusWhen(({ cluster }) => (cluster.checkpoint?.files ?? 0) > 0);
  const [file] = segments();
  flipBit(file!);
  const [told] = await lineOf(boss.stderr, /is damaged; what is in it is written anew.*/);
  expect(told).toContain(file!.slice(file!.indexOf("jobs/")));
  await lineOf(boss.stderr, /does without the files that were damaged/);
  const healed = await statusWhen(({ cluster }) => cluster.damaged.length === 0);

  worker.kill("SIGKILL");
  await started("worker", "--join", join_, "--name", "w");
  const { generation } = healed.cluster;
  const again = await statusWhen(
    ({ cluster, sources }) =>
      cluster.generation !== generation &&
      cluster.state === "running" &&
      sources[0]?.addresses.length === 1,
  );
  await send(again, ["a"]);
  const out = (): string => {
    const parts = readdirSync(join(cwd, "out")).filter((name) => name.startsWith("part"));
    return parts.map((name) => readFileSync(join(cwd, "out", name), "utf8")).join("");
  };
  while (!out().includes("a 3\n")) await Bun.sleep(50);
  expect(out().split("\n").sort()).toEqual(["", "a 1", "a 2", "a 3", "b 1"]);

  // A savepoint has files that nothing in memory can make anew.
  const ask = (...args: readonly string[]) => runBinary([...args, "--coordinator", http], { cwd });
  const kept = await ask("savepoint", "counts", "--json");
  const { savepoint } = JSON.parse(kept.stdout) as { savepoint: string };
  for (const path of segments()) flipBit(path);
  const [saved] = await lineOf(boss.stderr, /a savepoint is damaged: put its file back.*/);
  expect(saved).toContain(savepoint);
  await statusWhen(({ cluster }) => cluster.damagedSavepoints[0]?.name === savepoint);
  const { stdout: listed } = await ask("checkpoints", "counts");
  expect(listed).toMatch(
    new RegExp(`${savepoint}, damaged: jobs/\\S+: its bytes have another hash`),
  );
});
