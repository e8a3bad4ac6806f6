/** `wallaroo run` on the engine's core. */
import type { JobSummary } from "../../../src/model/cluster-status.ts";
import type { JobStatus } from "../../../src/model/status.ts";
import { Child } from "./child.ts";
import type { Copy } from "./copies.ts";
import { type Busy, busySince, type CoreTicks, coreTicks } from "./machine.ts";
import { cpuSeconds, mainThreadSeconds, rssMb } from "./proc.ts";

interface Ended {
  readonly status: JobStatus;
}

/** What is said of a job that keeps checkpoints, too. */
interface KeptStatus extends JobStatus {
  readonly cluster?: JobSummary;
}

export class Engine {
  readonly child: Child;
  readonly #copy: Copy;
  #http = "";
  #sources: JobStatus["sources"] = [];

  /** @param set options by their original names @param more flags of `run` */
  constructor(
    binary: readonly string[],
    copy: Copy,
    set: Readonly<Record<string, string>>,
    more: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const settings = Object.entries(set).flatMap(([key, value]) => {
      return ["--set", `${copy.name(key)}=${value}`];
    });
    const flags = ["--json", "--http", "127.0.0.1:0", ...settings, ...more];
    this.child = new Child("engine", [...binary, "run", copy.app, ...flags], env);
    this.#copy = copy;
  }

  /** Waits until it listens. */
  async started(): Promise<void> {
    const [line] = await this.child.line("stdout", /^\{"type":"started".*$/m);
    const { http, status } = JSON.parse(line) as {
      http: { host: string; port: number };
      status: JobStatus;
    };
    this.#http = `http://${http.host}:${http.port}`;
    this.#sources = status.sources;
  }

  get http(): string {
    return this.#http;
  }

  /** Where a source listens, by its original name. */
  address(source: string): string {
    const name = this.#copy.name(source);
    const address = this.#sources.find((one) => one.name === name)?.addresses[0];
    if (address === undefined) throw new Error(`no source ${name}`);
    return `${address.host}:${address.port}`;
  }

  async status(): Promise<KeptStatus> {
    const response = await fetch(`${this.#http}/v1/status`);
    return (await response.json()) as KeptStatus;
  }

  /** Records that all sources took, now. */
  async records(): Promise<number> {
    return (await this.status()).sources.reduce((sum, { records }) => sum + records, 0);
  }

  async setMetrics(on: boolean): Promise<void> {
    const body = JSON.stringify({ on });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.#http}/v1/metrics`, { method: "PUT", body, headers });
    if (!answer.ok) throw new Error(`PUT /v1/metrics: ${answer.status} ${await answer.text()}`);
  }

  get rssMb(): number {
    return rssMb(this.child.pid);
  }

  usage(): Usage {
    const { pid } = this.child;
    return {
      at: performance.now() / 1_000,
      cpu: cpuSeconds(pid),
      main: mainThreadSeconds(pid),
      cores: coreTicks(),
    };
  }

  /** Lets it drain and end. Returns its last status. @throws when it failed */
  async stop(): Promise<JobStatus> {
    this.child.kill("SIGTERM");
    const printed = await this.child.end();
    const line = printed.split("\n").find((one) => one.startsWith('{"type":"ended"'));
    if (line === undefined) throw new Error(`the engine did not say how it ended: ${printed}`);
    return (JSON.parse(line) as Ended).status;
  }
}

/** Seconds: of the clock, of the process, of its main thread. */
export interface Usage {
  readonly at: number;
  readonly cpu: number;
  readonly main: number;
  readonly cores: CoreTicks;
}

export interface Spent extends Busy {
  readonly elapsed: number;
  readonly cpuSeconds: number;
  readonly mainThreadSeconds: number;
}

/** What was used from `from` until now. */
export function spent(from: Usage, to: Usage): Spent {
  return {
    elapsed: round(to.at - from.at),
    cpuSeconds: round(to.cpu - from.cpu),
    mainThreadSeconds: round(to.main - from.main),
    ...busySince(from.cores),
  };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
