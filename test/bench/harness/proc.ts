/** What the kernel says of a process: CPU time and memory. */
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** CPU seconds of all threads of a process, in user and system mode. */
export function cpuSeconds(pid: number): number {
  return secondsOf(`/proc/${pid}/stat`);
}

/** CPU seconds of its first thread: the one that runs the pipeline. */
export function mainThreadSeconds(pid: number): number {
  return secondsOf(`/proc/${pid}/task/${pid}/stat`);
}

function secondsOf(path: string): number {
  const stat = readFileSync(path, "utf8");
  // The second field is the name in brackets, which may hold spaces; 14 and 15 are what we want.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in MB. */
export function rssMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1024;
}

/** Processes that this one started and that still run. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Between two looks: what a process used after the last one before its end is not seen. */
const LOOK_MS = 50;

/** What processes use until they end: afterwards the kernel does not tell. */
export class CpuWatch {
  readonly #pids: readonly number[];
  readonly #first: readonly number[];
  readonly #last: number[];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#first = pids.map(cpuSeconds);
    this.#last = [...this.#first];
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** CPU seconds of each since the start of the watch. */
  end(): number[] {
    this.#look();
    clearInterval(this.#timer);
    return this.#last.map((value, i) => Math.round((value - this.#first[i]!) * 100) / 100);
  }

  #look(): void {
    this.#pids.forEach((pid, i) => {
      this.#last[i] = Math.max(this.#last[i]!, secondsOrZero(pid));
    });
  }
}

/** 0 when it has ended. */
function secondsOrZero(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch (error) {
    if (error instanceof Error && "code" in error) return 0;
    throw error;
  }
}
