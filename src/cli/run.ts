/** `wallaroo run`: all in one process, with checkpoints or without, or in a local cluster. */
import { systemClock } from "../host/system-clock.ts";
import { APP_LOAD_MS, KEY_GROUPS } from "../model/limits.ts";
import { LOG_LEVELS } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { argument, command, flag, list, option, type Parse, usageError } from "./command.ts";
import { DOORS } from "./doors.ts";
import { LiveLine } from "./live-line.ts";
import { RunEnding } from "./run-ending.ts";
import { runSession } from "./run-session.ts";
import { watchApp, WatchTelling } from "./run-watch.ts";
import {
  address,
  checkpointInterval,
  count,
  duration,
  levelsOf,
  logLevel,
  setting,
  word,
} from "./values.ts";

const LOCAL = "local";
/** As the first of --workers, so that a job may go on with it or without. */
const KEPT = "w1";

/** `off`, or where to listen. */
const httpAddress: Parse<Address | "off"> = (value) => (value === "off" ? value : address(value));

export const run = command({
  name: "run",
  summary: "run an app, in this process or in several",
  about:
    "Loads the app, opens its sinks, then its sources, and runs until all input is consumed, or " +
    "--for is over, or Ctrl-C or SIGTERM: then input stops, and what is inside is processed and " +
    "committed. A second signal ends it at once. What is for people goes to standard output, or " +
    "to standard error where the app itself writes to standard output; logs go to standard " +
    "error.\n" +
    "With --data DIR a checkpoint is kept there each second and at the end, and the job goes on " +
    "from the newest one when it is run again, however it ended. `wallaroo checkpoint ls --data " +
    "DIR` lists them, --from begins from another one.\n" +
    "With --workers N the job runs in N processes more, on as many cores, and this one " +
    "coordinates them: one that dies is started again, and the job goes back to its newest " +
    "checkpoint.",
  args: {
    app: argument("APP", "a name in the folder of --apps, or a path", word, { hint: "file" }),
  },
  options: {
    apps: option("DIR", "where apps are looked for by name", word, "apps", { hint: "folder" }),
    set: list("NAME=VALUE", "an option of the app", setting),
    http: option(
      "HOST:PORT",
      "where status is served, or off (127.0.0.1:7401, or the next free port)",
      httpAddress,
    ),
    tokenFile: option("FILE", "requests must bear the token in FILE", word, undefined, {
      hint: "file",
    }),
    insecure: flag("allow an --http address that other machines can reach"),
    metrics: flag("do not count the records of each step", {}, true),
    data: option("DIR", "keep checkpoints in DIR, and go on from there", word, undefined, {
      hint: "folder",
    }),
    checkpointInterval: option(
      "TIME",
      "with --data or --workers: how often a checkpoint is taken (1s)",
      checkpointInterval,
    ),
    from: option("CHECKPOINT", "with --data: begin from that number, or savepoint", word),
    acceptDuplicates: flag("with --from: what sinks showed since is shown again"),
    dropState: list("STEP", "with --data: a state that may be left behind", word),
    loadWithin: option("TIME", "how long the app may take to load", duration, APP_LOAD_MS),
    for: option("TIME", "stop after this long, such as 10s", duration),
    job: option("NAME", "the job's name (the app's)", word),
    worker: option("NAME", "the worker's name", word, LOCAL),
    // One more would have no keys.
    workers: option("N", "run in N processes, w1 to wN", count({ min: 1, max: KEY_GROUPS })),
    logLevel: list("[STEP=]LEVEL", `${LOG_LEVELS.join(", ")} (info)`, logLevel, {
      hint: LOG_LEVELS,
    }),
    watch: flag("let each change of the app's files take over while it runs"),
    json: flag("print JSON lines: started, ended; with --watch reloaded, refused, halted"),
    quiet: flag("print nothing but errors and logs", { short: "q" }),
  },
  examples: [
    ["wallaroo run word-count", "apps/word-count/app.ts"],
    ["wallaroo run ./app.ts --set in=127.0.0.1:7010 --set out=127.0.0.1:7002", "with options"],
    ["wallaroo run word-count --log-level warn --log-level split=debug", "one step's lines"],
    ["wallaroo run word-count --watch", "edit the app, and the job goes on with it"],
    ["wallaroo run word-count --data data", "once more, and it goes on where it was"],
    ["wallaroo run word-count --workers 2", "on two cores"],
    ["wallaroo run word-count --for 10s --http off --json", "for programs"],
  ],
  async run({ args, options, io }) {
    const [{ loadApp }, { startNode }, { openLog }, { onShutdown }] = await Promise.all([
      import("../host/load-app.ts"),
      import("../host/node.ts"),
      import("../host/open-log.ts"),
      import("../host/shutdown.ts"),
    ]);
    checkKept(options);
    const clock = systemClock();
    const live = new LiveLine(io.stderr);
    const levels = levelsOf(options.logLevel);
    const log = openLog({
      levels,
      isPretty: io.stderr.isTerminal,
      hasColor: io.stderr.hasColor,
      before: () => live.clear,
    });
    const ending = new RunEnding(log, clock, io.stderr);
    const ignore = onShutdown(ending);
    const { watch, json, quiet, workers } = options;
    const http =
      options.http === "off"
        ? undefined
        : { address: options.http, tokenFile: options.tokenFile, isInsecure: options.insecure };
    const telling = watch ? new WatchTelling({ io, live, json, quiet }) : undefined;
    try {
      const parts = { app: args.app, http, io, clock, log, live, ending };
      if (workers !== undefined) {
        const { runWorkers } = await import("./run-workers.ts");
        const more = { defaultWorker: LOCAL, options: { ...options, workers } };
        return await runWorkers({ ...parts, ...more });
      }
      if (options.data !== undefined) {
        const { runKept } = await import("./run-kept.ts");
        const name = options.worker === LOCAL ? KEPT : options.worker;
        return await runKept({ ...parts, options, levels, worker: name });
      }
      const loading = {
        appsFolder: options.apps,
        cwd: io.cwd,
        deadlineMs: options.loadWithin,
        set: Object.fromEntries(options.set),
        isReleasable: watch,
        modules: DOORS,
      };
      let files: readonly string[] = [];
      const loaded = await loadApp(args.app, { ...loading, onInputs: (all) => (files = all) });
      log.logger.debug("the app is loaded", { file: loaded.file, ms: loaded.ms });
      const node = await startNode(loaded, {
        job: options.job,
        worker: options.worker,
        metrics: options.metrics,
        log: log.logger,
        levels,
        http,
        onHalt: telling && ((error) => telling.halted(error)),
      });
      telling?.begin(node);
      const app = { argument: args.app, options: loading, loaded, files };
      using _watching = telling && (await watchApp(app, node, telling));
      const session = { io, clock, node, loaded, live, ending, json, quiet };
      return await runSession({ ...session, forMs: options.for });
    } finally {
      ignore();
      await ending.flush();
    }
  },
});

/** @throws {WallarooError} `usage` for options of checkpoints where none is taken */
function checkKept(options: {
  readonly data: string | undefined;
  readonly workers: number | undefined;
  readonly dropState: readonly string[];
  readonly checkpointInterval: number | undefined;
  readonly from: string | undefined;
  readonly acceptDuplicates: boolean;
}): void {
  const { data, workers, dropState, checkpointInterval, from, acceptDuplicates } = options;
  if (from !== undefined && data === undefined) {
    throw usageError("--from is for --data: name the folder that has the checkpoints");
  }
  if (acceptDuplicates && from === undefined) {
    throw usageError("--accept-duplicates is for --from: name the checkpoint");
  }
  if (from !== undefined && dropState.length > 0) {
    throw usageError("--drop-state is not for --from: run once with --from, then without it");
  }
  if (dropState.length > 0 && data === undefined) {
    throw usageError("--drop-state is for --data: without it a job begins with empty state");
  }
  if (checkpointInterval !== undefined && data === undefined && workers === undefined) {
    throw usageError(
      "--checkpoint-interval is for --data or --workers: without them no checkpoint is taken",
    );
  }
}
