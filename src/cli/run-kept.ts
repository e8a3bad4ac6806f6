/** `run --data DIR`: the job in this process, with checkpoints in DIR, from which it goes on. */
import type { LogLevels } from "../model/log-levels.ts";
import { OwnWorker } from "../host/own-worker.ts";
import { startWorker } from "../host/worker-node.ts";
import { usageError } from "./command.ts";
import { DOORS } from "./doors.ts";
import { runCluster, type RunClusterParts } from "./run-workers.ts";
import { versionText } from "./version.ts";

export interface RunKeptParts extends RunClusterParts {
  /** The name of the worker, which has to be the same each time. */
  readonly worker: string;
  readonly levels: LogLevels;
}

/** Runs to the end; returns the exit status. */
export async function runKept(parts: RunKeptParts): Promise<number> {
  const { options, worker, levels, clock, log } = parts;
  if (options.watch) {
    throw usageError("--watch keeps no checkpoints: leave out --data, or --watch");
  }
  return await runCluster(parts, 1, ({ join, data, tokenFile }) => {
    const starting = startWorker({
      join: [join],
      name: worker,
      listen: { host: "127.0.0.1", port: 0 },
      advertise: undefined,
      data,
      tokenFile,
      isInsecure: false,
      version: versionText(),
      log: log.logger,
      levels,
      hasPulse: false,
      modules: DOORS,
    });
    return new OwnWorker(starting, { clock, log: log.logger });
  });
}
