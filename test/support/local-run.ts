/** `wallaroo run` with --workers N or --data DIR, of the real binary: its start, end and words. */
import type { ClusterJobStatus } from "../../src/model/cluster-status.ts";
import type { Address } from "../../src/ports/network.ts";
import { runBinary, startBinary, type Started } from "./binary.ts";
import { LineReader } from "./lines.ts";

export interface LocalRunOptions {
  readonly app: string;
  /** Undefined: all in the process itself, for which `more` has to name a folder with --data. */
  readonly workers?: number;
  readonly cwd: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

interface Ended {
  readonly reason: string;
  readonly status: ClusterJobStatus;
}

export class LocalRun {
  readonly child: Started;
  readonly #facts: LineReader;
  readonly #logs: LineReader;
  readonly #stdout: Promise<string> | undefined;
  #http = "";

  private constructor(child: Started, isTaken: boolean) {
    this.child = child;
    const isFact = (line: string): boolean => line.startsWith('{"type":');
    this.#logs = new LineReader(child.stderr);
    this.#stdout = isTaken ? new Response(child.stdout).text() : undefined;
    this.#facts = isTaken ? this.#logs : new LineReader(child.stdout, isFact);
  }

  /** `isTaken`: the app itself writes to standard output. */
  static async start(options: LocalRunOptions, isTaken = false): Promise<LocalRun> {
    const { app, workers, cwd, set = {}, more = [] } = options;
    const args = ["run", app, "--http", "127.0.0.1:0", "--json", ...more];
    if (workers !== undefined) args.push("--workers", `${workers}`);
    for (const [name, value] of Object.entries(set)) args.push("--set", `${name}=${value}`);
    return new LocalRun(await startBinary(args, { cwd }), isTaken);
  }

  /** What it tells when the job runs. */
  async started(): Promise<ClusterJobStatus> {
    const { status, http } = await this.#fact<{ status: ClusterJobStatus; http: Address }>();
    this.#http = `http://${http.host}:${http.port}`;
    return status;
  }

  async ended(): Promise<Ended> {
    return await this.#fact<Ended>();
  }

  async status(): Promise<ClusterJobStatus> {
    return (await (await fetch(`${this.#http}/v1/status`)).json()) as ClusterJobStatus;
  }

  /** The next line of the log that fits. */
  async log(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = await this.#logs.next();
      if (pattern.test(line)) return line;
    }
  }

  /** What is left of its log, when it has ended. */
  async rest(): Promise<string> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#logs.next().catch(() => undefined);
      if (line === undefined) return lines.join("\n");
      lines.push(line);
    }
  }

  /** Feeds a source until all of it is consumed. */
  async send(port: number, ...args: readonly string[]): Promise<void> {
    const to = ["send", `127.0.0.1:${port}`, ...args, "--wait", "--http", this.#http];
    const sent = await runBinary(to);
    if (sent.status !== 0) throw new Error(sent.stderr);
  }

  /** All that the app wrote to standard output. */
  async output(): Promise<string> {
    return (await this.#stdout) ?? "";
  }

  async #fact<T>(): Promise<T> {
    for (;;) {
      const line = await this.#facts.next();
      // Our own process wrote it.
      if (line.startsWith('{"type":')) return JSON.parse(line) as T;
    }
  }
}

/** Keeps what comes over any number of connections; each of them is in order. */
export function receiver() {
  const connections: Uint8Array[][] = [];
  const listener = Bun.listen<{ readonly chunks: Uint8Array[] }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { chunks: [] };
        connections.push(socket.data.chunks);
      },
      data: (socket, chunk) => void socket.data.chunks.push(chunk.slice()),
    },
  });
  return {
    address: `127.0.0.1:${listener.port}`,
    received: () => connections.map((chunks) => Buffer.concat(chunks)),
    [Symbol.dispose]: () => listener.stop(true),
  };
}
