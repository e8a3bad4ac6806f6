/**
 * A cluster of the real binary over network namespaces, with a job whose output tells of any record
 * that was lost, doubled or out of order: each key's records are counted, in order.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { JobSummary } from "../../src/model/cluster-status.ts";
import { binary } from "./binary.ts";
import { type Host, Namespaces } from "./namespaces.ts";

const KEYS = 997;
const appText = (out: string, count: number, rate: number): string => `
import { app, file, generator, state, utf8 } from "wallaroo";
export default app("counts", (flow) => {
  flow
    .source("in", generator({ count: ${count}, rate: ${rate}, make: (i) => i }), { on: ["w-1"] })
    .keyBy("key", (n) => n % ${KEYS})
    .mapWithState("count", state(() => ({ count: 0 })), (n, s) => \`\${n % ${KEYS}} \${++s.count}\`)
    .sink("out", file.write({ path: ${JSON.stringify(out)}, encode: utf8 }), { connections: 1 });
});
`;

export class NamespaceCluster implements AsyncDisposable {
  readonly net = new Namespaces();
  readonly #folder = mkdtempSync(join(tmpdir(), "wallaroo-netns-"));
  readonly #processes = new Map<Host, Subprocess>();
  readonly #count: number;

  private constructor(count: number) {
    this.#count = count;
  }

  /** Resolves when the job runs. */
  static async start(count: number, rate: number): Promise<NamespaceCluster> {
    const cluster = new NamespaceCluster(count);
    try {
      await cluster.#start(rate);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** The process of a host stands still, or goes on. */
  signal(host: Host, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#processes.get(host)!.kill(signal);
  }

  async job(): Promise<JobSummary> {
    const { jobs } = await this.#ask<{ jobs: JobSummary[] }>("jobs");
    return jobs[0]!;
  }

  /** Waits for the end of the job; returns what is wrong with its output. */
  async problems(limitMs: number): Promise<{ job: JobSummary; problems: string[] }> {
    const end = performance.now() + limitMs;
    let job = await this.job();
    while (job.state !== "finished" && job.state !== "failed" && performance.now() < end) {
      await Bun.sleep(100);
      job = await this.job();
    }
    if (job.state !== "finished") return { job, problems: [`it is ${job.state}: ${job.error}`] };
    const out = join(this.#folder, "out");
    const counts = new Map<number, number>();
    const problems: string[] = [];
    let records = 0;
    const parts = readdirSync(out).filter((name) => name.startsWith("part"));
    for (const part of parts.sort()) {
      for (const line of readFileSync(join(out, part), "utf8").split("\n")) {
        if (line === "") continue;
        const [key = -1, count = -1] = line.split(" ").map(Number);
        const before = counts.get(key) ?? 0;
        if (count !== before + 1) problems.push(`key ${key}: ${count} behind ${before}`);
        counts.set(key, count);
        records++;
      }
    }
    if (records !== this.#count) problems.push(`${records} records instead of ${this.#count}`);
    return { job, problems: problems.slice(0, 10) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) child.kill("SIGKILL");
    await Promise.all([...this.#processes.values()].map(({ exited }) => exited));
    this.net[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(rate: number): Promise<void> {
    mkdirSync(join(this.#folder, "apps"));
    const app = appText(join(this.#folder, "out"), this.#count, rate);
    writeFileSync(join(this.#folder, "apps", "counts.ts"), app);
    const open = ["--insecure", "--data", join(this.#folder, "data")];
    const apps = ["--apps", join(this.#folder, "apps")];
    const ports = ["--listen", "0.0.0.0:7400", "--http", "127.0.0.1:7401"];
    await this.#run("c", "coordinator", ...ports, ...apps, ...open);
    for (const [host, i] of [
      ["w1", 1],
      ["w2", 2],
    ] as const) {
      const join = ["--join", `10.99.${i}.1:7400`, "--name", `w-${i}`];
      await this.#run(host, "worker", ...join, "--listen", `10.99.3.${i}:7500`, ...open);
    }
    await this.#until(async () => {
      const { workers } = await this.#ask<{ readonly workers: readonly unknown[] }>("workers");
      return workers.length === 2;
    });
    await this.#ask("deploy", "counts");
  }

  async #run(host: Host, ...args: readonly string[]): Promise<void> {
    const command = this.net.command(host, await binary(), ...args);
    const log = Bun.file(join(this.#folder, `${host}.log`));
    this.#processes.set(host, Bun.spawn(command, { stdout: "ignore", stderr: log }));
  }

  async #ask<T>(...args: readonly string[]): Promise<T> {
    const data = ["--data", join(this.#folder, "data"), "--json"];
    const child = Bun.spawn(this.net.command("c", await binary(), ...args, ...data), {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [text, errors] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if ((await child.exited) !== 0) throw new Error(`${args.join(" ")}: ${errors}`);
    return JSON.parse(text) as T;
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (await isTrue().catch(() => false)) return;
      await Bun.sleep(50);
    }
    throw new Error("the cluster did not come up");
  }
}
