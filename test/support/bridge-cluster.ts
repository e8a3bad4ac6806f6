/** A cluster of real processes whose workers all listen for producers of the connector protocol. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobSummary, WorkerSummary } from "../../src/model/cluster-status.ts";
import { AppFolder } from "./app-folder.ts";
import { askBinary, binary, lineOf, startBinary, type Started } from "./binary.ts";
import { until } from "./until.ts";
import { COOKIE, say } from "./bridge-client.ts";
import { Producer } from "./bridge-producer.ts";

const ANY = "127.0.0.1:0";

export class BridgeCluster implements Disposable {
  readonly folder = new AppFolder();
  readonly out = join(this.folder.path, "out");
  readonly #children = new Map<string, Started>();
  #listen = ANY;
  #http = ANY;

  static async start(): Promise<BridgeCluster> {
    await binary();
    const cluster = new BridgeCluster();
    cluster.folder.write(
      "apps/streams.ts",
      `import { app, bridge, file, utf8 } from "wallaroo";
export default app("streams", (flow) => {
  flow
    .source("in", bridge.listen({ port: 0, cookie: ${JSON.stringify(COOKIE)}, decode: utf8 }), {
      on: "every worker",
    })
    .sink("out", file.write({ path: ${JSON.stringify(cluster.out)}, encode: utf8 }), {
      connections: 1,
    });
});
`,
    );
    await cluster.coordinator();
    return cluster;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children.values()) child.kill("SIGKILL");
    this.folder[Symbol.dispose]();
  }

  /** Starts it where it was, if it was. */
  async coordinator(): Promise<void> {
    const args = ["coordinator", "--listen", this.#listen, "--http", this.#http, "--json"];
    const child = await this.#start("coordinator", args);
    const [line] = await lineOf(child.stdout, /\{.*"started".*\}/);
    const at = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
    this.#listen = `${at.listen.host}:${at.listen.port}`;
    this.#http = `${at.http.host}:${at.http.port}`;
  }

  async worker(name: string): Promise<void> {
    await this.#start(name, ["worker", "--join", this.#listen, "--name", name]);
  }

  /** Sends a signal, and waits until the process is gone. */
  async kill(name: string, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#children.get(name)!;
    child.kill(signal);
    await child.exited;
  }

  async deploy(workers: number): Promise<void> {
    const all = () => this.#ask<{ workers: readonly WorkerSummary[] }>("workers");
    await until(all, (answer) => answer.workers.length === workers);
    await this.#ask<JobSummary>("deploy", "streams");
  }

  async job(): Promise<JobSummary | undefined> {
    return (await this.#ask<{ jobs: readonly JobSummary[] }>("jobs")).jobs[0];
  }

  /** The job runs on so many workers. */
  async runsOn(count: number): Promise<void> {
    await until(
      () => this.job(),
      (job) => job?.state === "running" && job.workers.length === count,
    );
  }

  async stop(): Promise<JobSummary> {
    return await this.#ask<JobSummary>("stop", "streams");
  }

  /** Where producers may connect now. */
  async ports(): Promise<readonly number[]> {
    const token = readFileSync(join(this.folder.path, ".wallaroo", "token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://${this.#http}/v1/jobs/streams/sources`, { headers });
    return [...(await answer.text()).matchAll(/"port":\s*(\d+)/g)].map(([, at]) => Number(at));
  }

  /** What was committed, in order. */
  lines(): readonly string[] {
    const names = readdirSync(this.out).filter((name) => !name.startsWith("."));
    const files = names.toSorted().map((name) => readFileSync(join(this.out, name), "utf8"));
    return files.join("").split("\n").slice(0, -1);
  }

  async #start(name: string, args: readonly string[]): Promise<Started> {
    const child = await startBinary(args, { cwd: this.folder.path });
    this.#children.set(name, child);
    return child;
  }

  #ask<T>(...args: readonly string[]): Promise<T> {
    const to = ["--coordinator", `http://${this.#http}`];
    return askBinary<T>([...args, ...to], { cwd: this.folder.path });
  }
}

/** Connects as old clients do: again, while nobody listens there. */
export async function enter(port: number): Promise<Producer> {
  for (;;) {
    const one = new Producer(port);
    one.send(say.hello());
    const isIn = await one.hears("ok").then(
      () => true,
      () => false,
    );
    if (isIn) return one;
    await Bun.sleep(20);
  }
}
