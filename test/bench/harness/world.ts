/** `wallaroo send` and `wallaroo receive`: the other side of the engine's sockets. */
import type { LatencySummary } from "../../../src/cli/latency-histogram.ts";
import { Child } from "./child.ts";

export interface Sent {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly recordSum: string;
  readonly streamCrc: string;
  readonly lagMaxMs: number;
  readonly lag?: LatencySummary;
  readonly waitedMs?: number;
}

export interface Received {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly recordSum: string;
  readonly unstamped: number;
  readonly latency?: LatencySummary;
  readonly connections: readonly { readonly streamCrc: string; readonly unfinishedBytes: number }[];
}

export interface SendOptions {
  readonly file: string;
  readonly read?: "lines" | "raw";
  readonly repeat?: number;
  readonly rate?: number;
  readonly seconds?: number;
  readonly stampAt?: number;
  /** Wait until the job there has consumed all. */
  readonly waitHttp?: string;
}

/** Starts a sender; `sent` says what became of it. */
export function startSend(binary: readonly string[], address: string, options: SendOptions): Child {
  const { file, read, repeat, rate, seconds, stampAt, waitHttp } = options;
  const flags = ["--frame", "u32be", "--json"];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) flags.push(name, String(value));
  };
  add("--read", read);
  add("--repeat", repeat);
  add("--rate", rate);
  add("--for", seconds === undefined ? undefined : `${seconds}s`);
  add("--stamp-at", stampAt);
  if (waitHttp !== undefined) flags.push("--wait", "--http", waitHttp);
  return new Child("world", [...binary, "send", address, file, ...flags]);
}

export async function sent(child: Child): Promise<Sent> {
  return JSON.parse(await child.end()) as Sent;
}

export async function send(
  binary: readonly string[],
  address: string,
  options: SendOptions,
): Promise<Sent> {
  return await sent(startSend(binary, address, options));
}

/** A receiver that ends when its connections have closed. */
export class Receiving {
  readonly child: Child;
  readonly address: string;

  private constructor(child: Child, address: string) {
    this.child = child;
    this.address = address;
  }

  static async start(binary: readonly string[], flags: readonly string[]): Promise<Receiving> {
    const all = ["--until-closed", "--json", ...flags];
    const child = new Child("world", [...binary, "receive", "127.0.0.1:0", ...all]);
    const [, address] = await child.line("stderr", /listening at (\S+)/);
    return new Receiving(child, address!);
  }

  /** What came. Records without a stamp are an error to `receive`, which the caller may expect. */
  async totals(): Promise<Received> {
    return JSON.parse(await this.child.end([0, 1])) as Received;
  }
}
