/** `wallaroo run`: everything in one process. */
import { durationText } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../host/json-logger.ts";
import type { RunningNode } from "../host/node.ts";
import type { LoadedApp } from "../host/load-app.ts";
import { SIGNAL_STATUS, type StopSignal } from "../host/shutdown.ts";
import type { JobStatus } from "../model/status.ts";
import { LOG_LEVELS } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { argument, command, flag, type Io, list, option, type Out, type Parse } from "./command.ts";
import { LiveLine } from "./live-line.ts";
import { liveText, startText, summaryText } from "./run-text.ts";
import { styled } from "./table.ts";
import { address, duration, oneOf, setting, word } from "./values.ts";

const LIVE_MS = 1_000;
/** How long the last log lines may take to leave. */
const LOG_FLUSH_MS = 500;

/** `off`, or where to listen. */
const httpAddress: Parse<Address | "off"> = (value) => (value === "off" ? value : address(value));

export const run = command({
  name: "run",
  summary: "run an app, all in this process",
  about:
    "Loads the app, opens its sinks, then its sources, and runs until all input is consumed, until " +
    "--for is over, or until Ctrl-C or SIGTERM: then input stops, what is inside is processed and " +
    "committed. A second signal ends it at once. What is for people goes to standard output, or to " +
    "standard error where the app itself writes to standard output; logs go to standard error.",
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
    metrics: flag("count records of each step", {}, true),
    data: option("DIR", "keep bundles of apps in DIR/cache", word, undefined, { hint: "folder" }),
    for: option("TIME", "stop after this long, such as 10s", duration),
    job: option("NAME", "the job's name (the app's)", word),
    worker: option("NAME", "the worker's name", word, "local"),
    logLevel: option("LEVEL", `one of ${LOG_LEVELS.join(", ")}`, oneOf(LOG_LEVELS), "info", {
      hint: LOG_LEVELS,
    }),
    json: flag("print JSON lines: started, ended"),
    quiet: flag("print nothing but errors and logs", { short: "q" }),
  },
  examples: [
    ["wallaroo run word-count", "apps/word-count/app.ts"],
    ["wallaroo run ./app.ts --set in=127.0.0.1:7010 --set out=127.0.0.1:7002", "with options"],
    ["wallaroo run word-count --for 10s --http off --json", "for programs"],
  ],
  async run({ args, options, io }) {
    const [{ loadApp }, { startNode }, { openLog }, { onShutdown }] = await Promise.all([
      import("../host/load-app.ts"),
      import("../host/node.ts"),
      import("../host/open-log.ts"),
      import("../host/shutdown.ts"),
    ]);
    const live = new LiveLine(io.stderr);
    const log = openLog({
      level: options.logLevel,
      isPretty: io.stderr.isTerminal,
      hasColor: io.stderr.hasColor,
      before: () => live.clear,
    });
    const ending = new Ending(log, io);
    const ignore = onShutdown(ending);
    try {
      const loaded = await loadApp(args.app, {
        appsFolder: options.apps,
        cwd: io.cwd,
        set: Object.fromEntries(options.set),
        ...(options.data === undefined ? {} : { cacheFolder: `${options.data}/cache` }),
      });
      const { http } = options;
      const node = await startNode(loaded, {
        job: options.job,
        worker: options.worker,
        metrics: options.metrics,
        log: log.logger,
        http:
          http === "off"
            ? undefined
            : { address: http, tokenFile: options.tokenFile, isInsecure: options.insecure },
      });
      return await new Run({ io, node, loaded, live, ending, options }).untilEnd();
    } finally {
      ignore();
      await Promise.race([log.flush(), new Promise((done) => setTimeout(done, LOG_FLUSH_MS))]);
    }
  },
});

const A = { exception: "an exception", rejection: "a rejection" };

/** Why the run ends, and who is asked to end it. */
class Ending {
  reason: string | undefined;
  isUncaught = false;
  node: RunningNode | undefined;
  readonly #log: Log;
  readonly #io: Io;

  constructor(log: Log, io: Io) {
    this.#log = log;
    this.#io = io;
  }

  stop(signal: StopSignal): void {
    // Nothing is open yet: there is nothing to end in good order.
    if (this.node === undefined) process.exit(SIGNAL_STATUS[signal]);
    this.begin(signal === "SIGINT" ? "interrupted (SIGINT)" : "asked to (SIGTERM)");
  }

  endNow(signal: StopSignal): void {
    void this.#io.stderr.write(`${signal} again: ended at once\n`);
    process.exit(SIGNAL_STATUS[signal]);
  }

  begin(reason: string): void {
    this.reason ??= reason;
    void this.node?.stop();
  }

  uncaught(error: unknown, kind: "exception" | "rejection"): void {
    this.#log.logger.error(`${A[kind]} that nobody handled`, { error });
    this.isUncaught = true;
    this.reason = `${A[kind]} that nobody handled: ${messageOf(error)}`;
    if (this.node === undefined) {
      void this.#log.flush().then(() => process.exit(1));
      setTimeout(() => process.exit(1), LOG_FLUSH_MS);
    } else {
      void this.node.kill();
    }
  }
}

interface RunParts {
  readonly io: Io;
  readonly node: RunningNode;
  readonly loaded: LoadedApp;
  readonly live: LiveLine;
  readonly ending: Ending;
  readonly options: {
    readonly for: number | undefined;
    readonly json: boolean;
    readonly quiet: boolean;
  };
}

/** What is told while a job runs, and the status at its end. */
class Run {
  readonly #parts: RunParts;
  /** For people and programs: not where the app itself writes. */
  readonly #out: Out;

  constructor(parts: RunParts) {
    const { io, node } = parts;
    this.#parts = parts;
    const isTaken = node.status().sinks.some(({ kind }) => kind === "stdout");
    this.#out = isTaken ? io.stderr : io.stdout;
  }

  async untilEnd(): Promise<number> {
    const { node, ending, options } = this.#parts;
    ending.node = node;
    await this.#tellStart();
    const timer =
      options.for === undefined
        ? undefined
        : setTimeout(
            () => ending.begin(`--for ${durationText(options.for!)} is over`),
            options.for,
          );
    const meter = this.#meter();
    const status = await node.done;
    clearTimeout(timer);
    clearInterval(meter);
    return await this.#tellEnd(status);
  }

  async #tellStart(): Promise<void> {
    const { node, loaded, options } = this.#parts;
    if (options.quiet) return;
    const { file, cacheFolder } = loaded;
    const started = { status: node.status(), file, cacheFolder, http: node.http };
    const json = (): string => `${JSON.stringify({ type: "started", ...started })}\n`;
    await this.#out.write(options.json ? json() : startText(started));
  }

  /** The live line; only on a terminal that shows nothing else. */
  #meter(): ReturnType<typeof setInterval> | undefined {
    const { io, node, live, options } = this.#parts;
    if (options.quiet || options.json || !io.stderr.hasColor) return undefined;
    if (this.#out === io.stderr && io.stdout.isTerminal) return undefined;
    let before = node.status();
    return setInterval(() => {
      const now = node.status();
      live.show(liveText(before, now, io.stderr.columns));
      before = now;
    }, LIVE_MS);
  }

  async #tellEnd(status: JobStatus): Promise<number> {
    const { io, live, ending, options } = this.#parts;
    const clear = live.clear;
    if (clear !== "") await io.stderr.write(clear);
    const isFailed = status.state === "failed";
    const reason = this.#reason(status);
    if (options.json) {
      await this.#out.write(`${JSON.stringify({ type: "ended", reason, status })}\n`);
    } else if (!options.quiet) {
      const told = isFailed ? "see the error" : reason;
      await this.#out.write(summaryText(status, told, this.#out));
    }
    if (!isFailed && !ending.isUncaught) return 0;
    await io.stderr.write(`${styled(io.stderr, "red", "error:")} ${reason}\n`);
    return 1;
  }

  #reason({ state, error }: JobStatus): string {
    const { ending, node } = this.#parts;
    if (ending.isUncaught) return ending.reason ?? "";
    if (node.gaveUp !== undefined)
      return `${ending.reason ?? "asked to by HTTP"}, but ${node.gaveUp}`;
    if (state === "failed") return error ?? "the job failed and does not say why";
    if (state === "finished") return "all input was consumed";
    return ending.reason ?? "asked to by HTTP";
  }
}
