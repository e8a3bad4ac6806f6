/** What a process holds, and whether it is back to what it was. Reads /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface Held {
  readonly residentBytes: number;
  readonly files: number;
  readonly threads: number;
}

const PAGE_BYTES = 4_096;
/** A heap that was collected lately is smaller than one that was not. */
const HEAP_NOISE_BYTES = 48 * 1_048_576;
/** Connections come and go. */
const FILES_NOISE = 12;

export function heldBy(pid: number): Held {
  const pages = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
  return {
    residentBytes: Number(pages) * PAGE_BYTES,
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

/** A complaint for each resource that grew by more than a tenth and what is noise. */
export function grownFrom(before: Held, after: Held): readonly string[] {
  const limits: Held = {
    residentBytes: before.residentBytes * 1.1 + HEAP_NOISE_BYTES,
    files: before.files * 1.1 + FILES_NOISE,
    threads: before.threads * 1.1 + 4,
  };
  const names = ["residentBytes", "files", "threads"] as const;
  return names
    .filter((name) => after[name] > limits[name])
    .map((name) => `${name} grew from ${before[name]} to ${after[name]}`);
}
