/** Requests and a job for tests of HTTP routes, without a network. */
import { createHash } from "node:crypto";
import type { Observed } from "../../src/observe/server.ts";
import type { LevelsShown } from "../../src/model/log-levels.ts";
import type { HttpRequest } from "../../src/ports/http-server.ts";
import type { JobState, JobStatus } from "../../src/model/status.ts";
import type { LogLevel } from "../../src/ports/logger.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request of a program on this machine, unless headers say otherwise. */
export function request(path: string, asked: Asked = {}): HttpRequest {
  const headers: Readonly<Record<string, string>> = { host: "127.0.0.1:7401", ...asked.headers };
  const url = new URL(path, "http://127.0.0.1");
  return {
    method: asked.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    header: (name) => headers[name],
    body: () => Promise.resolve(new TextEncoder().encode(asked.body ?? "")),
  };
}

export function statusOf(state: JobState, error?: string): JobStatus {
  return {
    job: "j",
    app: "a",
    worker: "w",
    state,
    error,
    startedAt: 1_000,
    upMs: 2_000,
    metrics: true,
    epoch: 3,
    sources: [
      {
        name: "lines",
        kind: "tcp",
        about: "tcp 127.0.0.1:0, lines of utf8",
        addresses: [{ host: "127.0.0.1", port: 7010 }],
        splits: 1,
        records: 2_000,
        bytes: 9_000,
        invalid: 1,
        pending: 0,
        isFinished: false,
        producers: [{ peer: "127.0.0.1:5000", bytes: 9_000, frames: 2_001, isOpen: true }],
        facts: {},
      },
    ],
    steps: [],
    sinks: [
      {
        name: "counts",
        kind: "tcp",
        about: "tcp 127.0.0.1:7002, lines of json",
        delivery: "at-least-once",
        records: 500,
        pending: 4,
        isBlocked: false,
        facts: {},
      },
    ],
  };
}

/** A job that notes what is asked of it. */
export class FakeJob implements Observed {
  readonly asked: string[] = [];
  state: JobState = "running";
  error: string | undefined = undefined;

  status(): JobStatus {
    return statusOf(this.state, this.error);
  }

  setMetrics(on: boolean): void {
    this.asked.push(`metrics ${on}`);
  }

  logLevels(): LevelsShown {
    return { level: "info", steps: { split: "debug" } };
  }

  setLogLevel(level: LogLevel | undefined, step: string | undefined): void {
    this.asked.push(`level ${level} ${step}`);
  }

  stop(): void {
    this.asked.push("stop");
    this.state = "stopping";
  }

  explain(): string {
    return "a graph\n";
  }
}
