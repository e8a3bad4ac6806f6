/** `run --workers N`: the job in N processes of this program, told as `run` tells one of its. */
import { resolve } from "node:path";
import { childLine } from "../host/child-log.ts";
import type { Log } from "../host/json-logger.ts";
import {
  type LocalClusterSettings,
  startLocalCluster,
  type WorkersPlace,
} from "../host/local-cluster.ts";
import { Supervisor } from "../host/supervisor.ts";
import { systemChildren } from "../host/system-children.ts";
import type { HttpSettings } from "../host/node-http.ts";
import type { LogLevel } from "../ports/logger.ts";
import type { Clock } from "../ports/clock.ts";
import { type Io, usageError } from "./command.ts";
import type { LiveLine } from "./live-line.ts";
import type { RunEnding } from "./run-ending.ts";
import { runSession } from "./run-session.ts";
import { addressText } from "./values.ts";
import { versionText } from "./version.ts";

/** What `run` was given, as far as it matters here. */
export interface RunClusterOptions {
  readonly apps: string;
  readonly set: readonly (readonly [string, string])[];
  readonly metrics: boolean;
  readonly data: string | undefined;
  readonly checkpointInterval: number | undefined;
  readonly dropState: readonly string[];
  readonly from: string | undefined;
  readonly acceptDuplicates: boolean;
  readonly loadWithin: number;
  readonly for: number | undefined;
  readonly job: string | undefined;
  readonly worker: string;
  readonly logLevel: readonly (readonly [string | undefined, LogLevel])[];
  readonly watch: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface RunClusterParts {
  readonly app: string;
  readonly options: RunClusterOptions;
  readonly http: HttpSettings | undefined;
  readonly io: Io;
  readonly clock: Clock;
  readonly log: Log;
  readonly live: LiveLine;
  readonly ending: RunEnding;
}

export interface RunWorkersParts extends RunClusterParts {
  readonly options: RunClusterOptions & { readonly workers: number };
  /** The name of a worker that nobody named. */
  readonly defaultWorker: string;
}

/** Runs to the end; returns the exit status. */
export async function runWorkers(parts: RunWorkersParts): Promise<number> {
  const { options, io, clock, log } = parts;
  if (options.watch) throw usageError("--watch is for one process: leave out --workers");
  if (options.worker !== parts.defaultWorker) {
    throw usageError("--worker names the one of one process: with --workers they are w1, w2, ...");
  }
  const names = Array.from({ length: options.workers }, (_, i) => `w${i + 1}`);
  const { isTerminal: isPretty, hasColor } = io.stderr;
  const style = { names, isPretty, hasColor, now: () => clock.now() };
  return await runCluster(parts, names.length, (place) => {
    const supervisor = new Supervisor({
      names,
      argsOf: (name) => [...workerArgs(name, place), ...levelArgs(options.logLevel)],
      children: systemChildren(),
      clock,
      log: log.logger,
      onLine: (name, text) => log.pass(childLine(name, text, style)),
    });
    supervisor.start();
    return supervisor;
  });
}

/** Runs a local cluster to its end. */
export async function runCluster(
  parts: RunClusterParts,
  workers: number,
  startWorkers: LocalClusterSettings["startWorkers"],
): Promise<number> {
  const { app, options, http, io, clock, log, live, ending } = parts;
  const { json, quiet, data, from, acceptDuplicates } = options;
  const cluster = await startLocalCluster({
    request: {
      app: /[/\\]/.test(app) ? resolve(io.cwd, app) : app,
      name: options.job,
      set: Object.fromEntries(options.set),
      workers,
      checkpointIntervalMs: options.checkpointInterval,
      dropStates: options.dropState,
    },
    apps: resolve(io.cwd, options.apps),
    data: data === undefined ? undefined : resolve(io.cwd, data),
    restore: from === undefined ? undefined : { from, acceptDuplicates },
    http,
    metrics: options.metrics,
    loadWithinMs: options.loadWithin,
    version: versionText(),
    log: log.logger,
    startWorkers,
  });
  const session = { io, clock, node: cluster, loaded: cluster, live, ending, json, quiet };
  return await runSession({ ...session, forMs: options.for });
}

/** The command line of one worker. All is said: nothing comes from elsewhere. */
export function workerArgs(
  name: string,
  { join, data, tokenFile }: WorkersPlace,
): readonly string[] {
  const words = ["worker", "--join", addressText(join), "--name", name, "--data", data];
  return [...words, "--token-file", tokenFile, "--processes", "1", "--quiet"];
}

export function levelArgs(levels: RunClusterOptions["logLevel"]): readonly string[] {
  return levels.flatMap(([step, level]) => [
    "--log-level",
    step === undefined ? level : `${step}=${level}`,
  ]);
}
