/** The machine that a figure was taken on, and what else ran there. */
import { readFileSync } from "node:fs";
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

/** The cores: the engine has the first alone, senders and receivers share the second. */
export type Place = "engine" | "world";

/** `argv` tied to a core, where `taskset` exists and there are two cores. */
export function placed(place: Place, argv: readonly string[]): string[] {
  if (!canPin()) return [...argv];
  return ["taskset", "-c", place === "engine" ? "0" : "1", ...argv];
}

export function canPin(): boolean {
  return Bun.which("taskset") !== null && cpus().length >= 2;
}

/** Ticks of 10 ms that the engine's core was busy, with anything, since it was started. */
export function engineCoreTicks(): number {
  const line = /^cpu0 +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "";
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(" ")
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}
