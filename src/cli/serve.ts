/** What `coordinator` and `worker` share: a process that serves until it is told to end. */
import { openLog } from "../host/open-log.ts";
import { exitProcess } from "../host/app-exit.ts";
import { onShutdown } from "../host/shutdown.ts";
import { systemClock } from "../host/system-clock.ts";
import type { LogLevels } from "../model/log-levels.ts";
import type { Logger } from "../ports/logger.ts";
import type { Io } from "./command.ts";

/** How long the last log lines may take to leave. */
const LOG_FLUSH_MS = 500;

export interface Serving {
  /** Begins to end, in good order. */
  stop(): Promise<void>;
  /** Resolves when it has ended. @throws what it ended of */
  readonly done: Promise<void>;
}

/** `pass` writes a line of the log that is made already. */
export type StartServing = (log: Logger, pass: (line: string) => void) => Promise<Serving>;

/** Starts, waits for the end or a signal. Throws what `start` and `done` throw. */
export async function serve(io: Io, levels: LogLevels, start: StartServing): Promise<number> {
  const clock = systemClock();
  const { isTerminal, hasColor } = io.stderr;
  const log = openLog({ levels, isPretty: isTerminal, hasColor, before: () => "" });
  const flush = async (): Promise<void> => {
    const late = new Promise<void>((resolve) => void clock.after(LOG_FLUSH_MS, resolve));
    await Promise.race([log.flush(), late]);
  };
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let serving: Serving | undefined;
  let isUncaught = false;
  const ignore = onShutdown({
    stop: () => {
      if (serving === undefined) return false;
      serving.stop().catch(failed.reject);
      return true;
    },
    endNow: () => undefined,
    uncaught: (error, kind) => {
      log.logger.error(`an ${kind} that nobody handled`, { error });
      // The process cannot be trusted any more: others see it go, and go on without it.
      if (!isUncaught) void flush().then(() => exitProcess(1));
      isUncaught = true;
    },
  });
  try {
    serving = await start(log.logger, (line) => log.pass(line));
    await Promise.race([serving.done, failed.promise]);
    return isUncaught ? 1 : 0;
  } finally {
    ignore();
    await flush();
  }
}
