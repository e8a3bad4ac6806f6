/** Why a run ends, and who is asked to end it: signals, `--for`, HTTP, errors nobody handled. */
import { messageOf } from "../base/errors.ts";
import type { Log } from "../host/json-logger.ts";
import type { RunningJob } from "../host/node.ts";
import { exitProcess } from "../host/app-exit.ts";
import type { ShutdownHandlers, StopSignal } from "../host/shutdown.ts";
import type { JobStatus } from "../model/status.ts";
import type { Clock } from "../ports/clock.ts";
import type { Out } from "./command.ts";

/** How long the last log lines may take to leave. */
const LOG_FLUSH_MS = 500;
const WHY: Readonly<Record<StopSignal, string>> = {
  SIGINT: "interrupted (SIGINT)",
  SIGTERM: "asked to (SIGTERM)",
};

export class RunEnding implements ShutdownHandlers {
  /** Whether something threw where nobody could handle it. */
  isUncaught = false;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #errors: Out;
  #node: RunningJob | undefined;
  #reason: string | undefined;

  constructor(log: Log, clock: Clock, errors: Out) {
    this.#log = log;
    this.#clock = clock;
    this.#errors = errors;
  }

  /** From now on there is a job that can be stopped. */
  watch(node: RunningJob): void {
    this.#node = node;
  }

  /** Asks the job to end in good order. */
  begin(reason: string): void {
    this.#reason ??= reason;
    void this.#node?.stop();
  }

  stop(signal: StopSignal): boolean {
    if (this.#node === undefined) return false;
    this.begin(WHY[signal]);
    return true;
  }

  endNow(signal: StopSignal): void {
    void this.#errors.write(`${signal} again: ended at once, nothing more was committed\n`);
  }

  uncaught(error: unknown, kind: "exception" | "rejection"): void {
    const what = `an ${kind === "exception" ? "exception" : "unhandled rejection"}`;
    this.#log.logger.error(`${what} outside of any step`, { error });
    if (!this.isUncaught) this.#reason = `${what} outside of any step: ${messageOf(error)}`;
    this.isUncaught = true;
    if (this.#node !== undefined) this.#node.kill();
    else void this.flush().then(() => exitProcess(1));
  }

  /** The reason, for people. */
  reasonOf({ state, error }: JobStatus): string {
    const asked = this.#reason ?? "asked to by HTTP";
    if (this.isUncaught) return asked;
    if (this.#node?.gaveUp !== undefined) return `${asked}, but ${this.#node.gaveUp}`;
    if (state === "failed") return error ?? "the job failed and does not say why";
    return state === "finished" ? "all input was consumed" : asked;
  }

  /** Waits for the last log lines, unless nobody reads them. */
  async flush(): Promise<void> {
    const late = new Promise<void>((resolve) => void this.#clock.after(LOG_FLUSH_MS, resolve));
    await Promise.race([this.#log.flush(), late]);
  }
}
