/**
 * A cluster of the real binary that is attacked: a coordinator, two workers, a job, and a good
 * client whose records are counted while mutated frames come to every port.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterSummary, WorkerSummary } from "../../src/model/cluster-status.ts";
import type { SourceStatus } from "../../src/model/status.ts";
import { lineOf, startBinary, type Started } from "./binary.ts";
import { AUTHORITY, tlsOf } from "./certificates.ts";
import { LineReader } from "./lines.ts";

const APP = `
import { address, app, options, state, tcp, utf8 } from "wallaroo";
export default app("echo", options({ out: address("127.0.0.1:1") }), (flow, o) => {
  flow
    .source("in", tcp.listen({ address: "127.0.0.1:0", frame: "u32be", decode: utf8 }))
    .filter("good", (line) => line.startsWith("good-"))
    .keyBy("key", (line) => line)
    .mapWithState("count", state(() => ({ n: 0 })), (line, s) => line + " " + ++s.n)
    .sink("out", tcp.connect({ address: o.out, frame: "lines", encode: utf8 }));
});
`;
/** Keys of the good client: they live on both workers. */
const KEYS = 20;

export const PORTS = ["control", "data", "http", "source"] as const;
export type Port = (typeof PORTS)[number];

export class FuzzCluster {
  readonly folder = mkdtempSync(join(tmpdir(), "wallaroo-fuzz-"));
  readonly ports: Record<Port, number> = { control: 0, data: 0, http: 0, source: 0 };
  readonly processes: Started[] = [];
  readonly isTls: boolean;
  token = "";
  #sent = 0;
  readonly #lines: string[] = [];
  #wake: () => void = () => undefined;
  #out: { stop(now: boolean): void } | undefined;
  #producer: { write(bytes: Uint8Array): number } | undefined;

  private constructor(isTls: boolean) {
    this.isTls = isTls;
  }

  static async start(isTls: boolean): Promise<FuzzCluster> {
    const cluster = new FuzzCluster(isTls);
    const { folder, ports } = cluster;
    mkdirSync(join(folder, "apps"));
    writeFileSync(join(folder, "apps", "echo.ts"), APP);
    const free = "127.0.0.1:0";
    const args = ["coordinator", "--listen", free, "--http", free, "--json"];
    const coordinator = await cluster.#start("coordinator", "coordinator", args);
    const [line] = await lineOf(coordinator.stdout, /\{.*"started".*\}/);
    const told = JSON.parse(line) as Record<"listen" | "http", { port: number }>;
    ports.control = told.listen.port;
    ports.http = told.http.port;
    cluster.token = readFileSync(join(folder, ".wallaroo", "token"), "utf8").trim();
    for (const name of ["w-1", "w-2"]) {
      const args = ["worker", "--join", `127.0.0.1:${ports.control}`, "--name", name];
      await cluster.#start("worker", name, args);
    }
    while ((await cluster.summary()).workers < 2) await Bun.sleep(20);
    await cluster.#deploy();
    return cluster;
  }

  async summary(): Promise<ClusterSummary> {
    return await this.#ask<ClusterSummary>("GET", "/v1/cluster");
  }

  /** Resident bytes of each process. */
  memory(): readonly number[] {
    return this.processes.map(({ pid }) => {
      const pages = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
      return Number(pages) * 4_096;
    });
  }

  /** One record for each key, and what comes of them: a count that goes up by one. */
  async exchange(): Promise<void> {
    const round = ++this.#sent;
    const frames = Array.from({ length: KEYS }, (_, i) => frame(`good-${i}`));
    this.#producer?.write(Buffer.concat(frames));
    const late = Bun.sleep(10_000).then(() => "late" as const);
    while (this.#lines.length < KEYS) {
      const woken = new Promise<"woken">((resolve) => (this.#wake = () => resolve("woken")));
      if ((await Promise.race([woken, late])) === "late") throw new Error("no answer within 10 s");
    }
    const wanted = Array.from({ length: KEYS }, (_, i) => `good-${i} ${round}`).sort();
    const got = this.#lines.splice(0).sort();
    if (got.join() !== wanted.join()) throw new Error(`round ${round}: ${got.join(", ")}`);
  }

  /** Throws when a process is gone, or the job began anew. */
  async check(): Promise<void> {
    for (const { pid, exitCode, signalCode } of this.processes) {
      if (exitCode === null && signalCode === null) continue;
      throw new Error(`process ${pid} ended: ${exitCode ?? signalCode}`);
    }
    const { jobs } = await this.#ask<{ jobs: readonly { state: string; restarts: number }[] }>(
      "GET",
      "/v1/jobs",
    );
    const [job] = jobs;
    if (jobs.length === 1 && job?.state === "running" && job.restarts === 0) return;
    throw new Error(`the job was disturbed: ${JSON.stringify(jobs)}`);
  }

  [Symbol.dispose](): void {
    for (const child of this.processes) child.kill("SIGKILL");
    this.#out?.stop(true);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #deploy(): Promise<void> {
    let rest = "";
    const out = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (_, chunk) => {
          const parts = (rest + chunk.toString()).split("\n");
          rest = parts.pop()!;
          this.#lines.push(...parts);
          this.#wake();
        },
      },
    });
    this.#out = out;
    const set = { out: `127.0.0.1:${out.port}` };
    await this.#ask("POST", "/v1/jobs", { app: "echo", set });
    let sources: readonly SourceStatus[] = [];
    while (sources[0]?.addresses[0] === undefined) {
      await Bun.sleep(50);
      const answer = await this.#ask<{ sources?: readonly SourceStatus[] }>(
        "GET",
        "/v1/jobs/echo/sources",
      );
      sources = answer.sources ?? [];
    }
    this.ports.source = sources[0].addresses[0].port;
    const { workers } = await this.#ask<{ workers: readonly WorkerSummary[] }>(
      "GET",
      "/v1/workers",
    );
    this.ports.data = workers[0]!.data.port;
    this.#producer = await Bun.connect({
      hostname: "127.0.0.1",
      port: this.ports.source,
      socket: { data: () => undefined },
    });
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const scheme = this.isTls ? "https" : "http";
    const tls = { ...tlsOf("client", "ops"), rejectUnauthorized: true };
    const response = await fetch(`${scheme}://127.0.0.1:${this.ports.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}` },
      ...(this.isTls ? { tls } : {}),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T; // Of our own server.
  }

  async #start(
    role: "coordinator" | "worker",
    name: string,
    args: readonly string[],
  ): Promise<Started> {
    const child = await startBinary(this.isTls ? [...args, ...this.#files(role, name)] : args, {
      cwd: this.folder,
    });
    this.processes.push(child);
    // Read, so that no pipe is ever full.
    void new LineReader(child.stderr, () => false);
    process.once("exit", () => child.kill("SIGKILL"));
    return child;
  }

  #files(role: "coordinator" | "worker", name: string): readonly string[] {
    const { cert, key } = tlsOf(role, name);
    const path = join(this.folder, name);
    writeFileSync(`${path}.pem`, cert);
    writeFileSync(`${path}.key`, key, { mode: 0o600 });
    writeFileSync(join(this.folder, "ca.pem"), AUTHORITY.cert);
    const files = ["--tls-cert", `${path}.pem`, "--tls-key", `${path}.key`];
    return [...files, "--tls-ca", join(this.folder, "ca.pem")];
  }
}

export function frame(text: string): Uint8Array {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
  bytes.writeUInt32BE(bytes.length - 4);
  bytes.write(text, 4);
  return bytes;
}
