/** The machine that a figure was taken on, and what else ran there. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly bun: string;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    bun: Bun.version,
  };
}

/** The load average of the last minute: it includes our own processes. */
export function load(): number {
  return Math.round(loadavg()[0]! * 100) / 100;
}

/** The cores: the engine has the first alone, senders and receivers share the second. What is to
 *  use both has `"both"`. */
export type Place = "engine" | "world" | "both";

/**
 * Gives the session that this process is in, so all processes of a measurement, a priority against
 * everything else on the machine (Linux, as root): -20 is the highest, 0 is everybody's. Within the
 * session, all are equal.
 */
export function setNice(value: number): void {
  writeFileSync("/proc/self/autogroup", String(value));
}

/** `argv` tied to a core, where `taskset` exists and there are two cores. */
export function placed(place: Place, argv: readonly string[]): string[] {
  if (place === "both" || !canPin()) return [...argv];
  return ["taskset", "-c", place === "engine" ? "0" : "1", ...argv];
}

export function canPin(): boolean {
  return Bun.which("taskset") !== null && cpus().length >= 2;
}

/** Ticks of 10 ms of each of our two cores: busy with anything, and taken by the host. */
export interface CoreTicks {
  readonly at: number;
  readonly busy: readonly number[];
  readonly steal: readonly number[];
}

export function coreTicks(): CoreTicks {
  const stat = readFileSync("/proc/stat", "utf8");
  const cores = [...stat.matchAll(/^cpu[01] +(.*)$/gm)].map((line) => {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line[1]!
      .split(" ")
      .map(Number);
    return { busy: user + nice + system + irq + softirq, steal };
  });
  return {
    at: performance.now(),
    busy: cores.map(({ busy }) => busy),
    steal: cores.map(({ steal }) => steal),
  };
}

/** Shares of the time: of the engine's core first, then of the other. */
export interface Busy {
  readonly busy: readonly number[];
  /** The host gave the core to somebody else while it was wanted here. */
  readonly stolen: readonly number[];
}

export function busySince(before: CoreTicks): Busy {
  const now = coreTicks();
  const ticks = (now.at - before.at) / 10;
  const share = (to: readonly number[], from: readonly number[]): number[] =>
    to.map((value, i) => Math.round(((value - from[i]!) / ticks) * 1_000) / 1_000);
  return { busy: share(now.busy, before.busy), stolen: share(now.steal, before.steal) };
}
