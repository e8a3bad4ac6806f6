/**
 * The processes of a cluster of the compiled binary: started, killed, started again under their
 * names. Owns: the processes, and the files of their logs, which go on over restarts.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readLogLine, type LogLine } from "../oracle/process-log.ts";
import { COORDINATOR, type Member } from "./plan.ts";

interface Running {
  readonly child: Bun.Subprocess;
  /** A signal that we sent, and whose exit is no surprise. */
  signal: NodeJS.Signals | undefined;
}

export interface Ports {
  readonly control: number;
  readonly http: number;
}

/** A server that keeps checkpoints, and that is killed too. */
export interface StoreServer extends AsyncDisposable {
  /** As `--store` takes it. */
  readonly url: string;
  /** What processes that use it need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when it takes requests, with all that it had said was durable. */
  start(): Promise<void>;
  /** With SIGKILL, all of its processes. Resolves when they are dead. */
  kill(): Promise<void>;
}

export class Processes {
  readonly folder: string;
  readonly binary: string;
  /** Absent: a folder of the coordinator's. */
  readonly store: StoreServer | undefined;
  readonly #running = new Map<Member, Running>();
  /** Exits that nobody asked for. */
  readonly surprises: string[] = [];
  /** Where the coordinator listens; fixed once it has started. */
  ports: Ports = { control: 0, http: 0 };

  constructor(binary: string, folder: string, store?: StoreServer) {
    this.binary = binary;
    this.folder = folder;
    this.store = store;
  }

  /** Of all that the binary is asked to do. */
  get env(): Readonly<Record<string, string>> {
    return { PATH: process.env["PATH"] ?? "", ...this.store?.env };
  }

  get storeArgs(): readonly string[] {
    return this.store === undefined ? [] : ["--store", this.store.url];
  }

  /** Starts it; the coordinator listens where it did before. */
  start(member: Member): void {
    const { control, http } = this.ports;
    const at = ["--listen", `127.0.0.1:${control}`, "--http", `127.0.0.1:${http}`];
    const args =
      member === COORDINATOR
        ? ["coordinator", ...at, ...this.storeArgs]
        : ["worker", "--join", `127.0.0.1:${control}`, "--name", member];
    const [out, log] = ["out", "log"].map((kind) => openSync(this.#path(member, kind), "a"));
    // Whoever was killed may have been within a line.
    if (!/(?:^|\n)$/.test(this.#read(member, "log"))) writeSync(log!, "\n");
    const child = Bun.spawn([this.binary, ...args, "--json", "--log-level", "debug"], {
      cwd: this.folder,
      env: { ...this.env, PAUSE_FOLDER: this.folder, PAUSE_NAME: member },
      stdin: "ignore",
      stdout: out!,
      stderr: log!,
    });
    closeSync(out!);
    closeSync(log!);
    const running: Running = { child, signal: undefined };
    this.#running.set(member, running);
    void child.exited.then(() => this.#ended(member, running));
  }

  /** Waits until the coordinator, started for the first time, has told its ports. */
  async learnPorts(): Promise<void> {
    for (;;) {
      const line = /^.*"type":"started".*$/m.exec(this.#read(COORDINATOR, "out"))?.[0];
      if (line !== undefined) {
        const told = JSON.parse(line) as Record<"listen" | "http", { port: number }>;
        this.ports = { control: told.listen.port, http: told.http.port };
        return;
      }
      await Bun.sleep(20);
    }
  }

  signal(member: Member, signal: NodeJS.Signals): void {
    const running = this.#running.get(member);
    if (running === undefined) return;
    if (signal !== "SIGSTOP" && signal !== "SIGCONT") running.signal = signal;
    running.child.kill(signal);
  }

  /** Resolves with the exit code; a number, or null for a signal. */
  async exited(member: Member): Promise<number | null> {
    const running = this.#running.get(member);
    await running?.child.exited;
    return running?.child.exitCode ?? null;
  }

  isRunning(member: Member): boolean {
    return this.#running.has(member);
  }

  pid(member: Member): number | undefined {
    return this.#running.get(member)?.child.pid;
  }

  log(member: Member): readonly LogLine[] {
    const lines = this.#read(member, "log").split("\n");
    // What is behind the last newline is being written, or was when it was killed.
    return lines.slice(0, -1).map(readLogLine);
  }

  /** How many lines there are in all logs. */
  logLines(members: readonly Member[]): number {
    return members.reduce((sum, each) => sum + this.#read(each, "log").split("\n").length, 0);
  }

  async killAll(): Promise<void> {
    const members = [...this.#running.keys()];
    for (const member of members) this.signal(member, "SIGKILL");
    await Promise.all(members.map((member) => this.exited(member)));
  }

  #ended(member: Member, running: Running): void {
    if (this.#running.get(member) === running) this.#running.delete(member);
    const { exitCode, signalCode } = running.child;
    const isWanted =
      running.signal === "SIGKILL" ? signalCode === "SIGKILL" : running.signal && exitCode === 0;
    if (!isWanted) this.surprises.push(`${member} ended by itself: ${exitCode ?? signalCode}`);
  }

  #read(member: Member, kind: string): string {
    try {
      return readFileSync(this.#path(member, kind), "utf8");
    } catch {
      return "";
    }
  }

  #path(member: Member, kind: string): string {
    return join(this.folder, `${member}.${kind}`);
  }
}
