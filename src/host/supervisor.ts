/**
 * Keeps processes of workers alive: each has a name, and is started again when it dies.
 *
 * Owns: the processes, the times of their restarts, the bound of their end.
 * Does not own: how a process is started and told (ports/child-process), what it runs.
 *
 * S1. There is never more than one process of a name.
 * S2. One that ends with an error before any process of its name was ready is a mistake in what it
 *     was given: it is not tried again, and all end.
 * S3. Once all are to end, nothing is started any more.
 */
import { durationText } from "../base/duration.ts";
import { externalError, messageOf } from "../base/errors.ts";
import { STOP_MS } from "../model/limits.ts";
import type { ChildExit, ChildProcess, ChildProcesses } from "../ports/child-process.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";

/** Before the first restart, the second and so on; then always the last. */
export const RESTART_MS: readonly number[] = [0, 1_000, 2_000, 5_000, 10_000, 30_000];
/** After running so long, the deaths before are forgotten. */
export const HEALTHY_MS = 60_000;

export interface SupervisorSettings {
  /** Each a name that a worker may have. */
  readonly names: readonly string[];
  /** The arguments of the process of a name. */
  readonly argsOf: (name: string) => readonly string[];
  readonly children: ChildProcesses;
  readonly clock: Clock;
  readonly log: Logger;
  /** A line of the log of one of them. */
  readonly onLine: (name: string, text: string) => void;
}

interface Slot {
  readonly name: string;
  child: ChildProcess | undefined;
  /** Of the restart that it waits for. */
  timer: Timer | undefined;
  startedAt: number;
  /** Deaths, one soon after the other. */
  deaths: number;
  wasReady: boolean;
  lastLine: string;
}

export class Supervisor {
  /** Resolves when all have ended as asked. @throws {WallarooError} `worker_failed` */
  readonly done: Promise<void>;
  readonly #settings: SupervisorSettings;
  readonly #slots: readonly Slot[];
  readonly #ended = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #isEnding = false;
  #deadline: Timer | undefined;

  constructor(settings: SupervisorSettings) {
    this.#settings = settings;
    this.#slots = settings.names.map((name) => ({
      name,
      child: undefined,
      timer: undefined,
      startedAt: 0,
      deaths: 0,
      wasReady: false,
      lastLine: "",
    }));
    this.done = this.#ended.promise;
    // Whoever waits for it hears of a failure; nobody has to.
    this.done.catch(() => undefined);
  }

  start(): void {
    for (const slot of this.#slots) this.#start(slot);
  }

  /** Asks all to end in good order; those that have not within `STOP_MS` are killed. */
  async stop(): Promise<void> {
    if (!this.#isEnding) {
      this.#end();
      for (const { child } of this.#slots) child?.stop();
      const { clock, log } = this.#settings;
      this.#deadline = clock.after(STOP_MS, () => {
        const left = this.#slots.filter(({ child }) => child !== undefined);
        const members = left.map(({ name }) => name).join(", ");
        log.warn(`not ended within ${durationText(STOP_MS)}, the limit: killed`, { members });
        this.kill();
      });
      this.#look();
    }
    await this.done;
  }

  /** Ends all at once. */
  kill(): void {
    this.#end();
    for (const { child } of this.#slots) child?.kill();
    this.#look();
  }

  /** S3 */
  #end(): void {
    this.#isEnding = true;
    for (const slot of this.#slots) slot.timer?.cancel();
  }

  #start(slot: Slot): void {
    if (this.#isEnding) return;
    const { name } = slot;
    const { children, clock, log, argsOf, onLine } = this.#settings;
    slot.timer = undefined;
    slot.startedAt = clock.monotonic();
    try {
      slot.child = children.start(argsOf(name), {
        ready: () => {
          slot.wasReady = true;
        },
        line: (text) => {
          if (text.trim() !== "") slot.lastLine = text;
          onLine(name, text);
        },
        exited: (exit) => this.#exited(slot, exit),
      });
      log.debug("a worker's process is started", { member: name, pid: slot.child.pid });
    } catch (error) {
      this.#again(slot, messageOf(error));
    }
  }

  #exited(slot: Slot, exit: ChildExit): void {
    slot.child = undefined;
    if (this.#isEnding) {
      this.#look();
      return;
    }
    const { name, wasReady, lastLine } = slot;
    const how = exit.signal ?? `status ${exit.status ?? "unknown"}`;
    if (!wasReady && exit.signal === undefined) {
      // S2
      const why = lastLine.replace(/^error: /, "") || "it does not say why";
      this.#failure = externalError("worker_failed", `worker ${name} did not start: ${why}`);
      this.kill();
      return;
    }
    this.#again(slot, how);
  }

  #again(slot: Slot, how: string): void {
    const { clock, log } = this.#settings;
    if (clock.monotonic() - slot.startedAt >= HEALTHY_MS) slot.deaths = 0;
    const waitMs = RESTART_MS[Math.min(slot.deaths, RESTART_MS.length - 1)]!;
    slot.deaths++;
    const when = waitMs === 0 ? "now" : `in ${durationText(waitMs)}`;
    log.warn("a worker's process died: it is started again", { member: slot.name, how, when });
    slot.timer = clock.after(waitMs, () => this.#start(slot));
  }

  #look(): void {
    if (!this.#isEnding || this.#slots.some(({ child }) => child !== undefined)) return;
    this.#deadline?.cancel();
    if (this.#failure === undefined) this.#ended.resolve();
    else this.#ended.reject(this.#failure);
  }
}
