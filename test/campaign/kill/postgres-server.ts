/**
 * A PostgreSQL server that can be killed with all of its processes, and started again on what it
 * had on disk. Its programs have to be installed; a server of its own runs in a temporary folder.
 */
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreServer } from "./processes.ts";

/** It refuses to run as root. */
const USER = "postgres";
const READY_MS_MAX = 60_000;

export class PostgresServer implements StoreServer {
  readonly env = { PGUSER: USER };
  readonly #folder: string;
  readonly #port: number;
  #server: Bun.Subprocess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  static async make(): Promise<PostgresServer> {
    if (Bun.which("postgres") === null) {
      throw new Error("the programs postgres and initdb are not installed: apt install postgresql");
    }
    const folder = mkdtempSync(join(tmpdir(), "wallaroo-postgres-"));
    const id = Bun.spawnSync(["id", "-u", USER]).stdout.toString().trim();
    if (isRoot()) chownSync(folder, Number(id), -1);
    const made = Bun.spawnSync(
      asUser(["initdb", "-D", join(folder, "data"), "-U", USER, "--auth=trust", "--no-sync"]),
      { cwd: folder, stderr: "pipe" },
    );
    if (!made.success) throw new Error(`initdb failed: ${made.stderr.toString()}`);
    const server = new PostgresServer(folder, freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://${USER}@127.0.0.1:${this.#port}/postgres`;
  }

  async start(): Promise<void> {
    const at = ["-p", `${this.#port}`, "-k", this.#folder, "-h", "127.0.0.1"];
    this.#server = Bun.spawn(asUser(["postgres", "-D", join(this.#folder, "data"), ...at]), {
      cwd: this.#folder,
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(this.#folder, "log")),
    });
    const late = performance.now() + READY_MS_MAX;
    while (!this.#isReady()) {
      if (performance.now() > late) throw new Error(`no server: see ${this.#folder}/log`);
      await Bun.sleep(50);
    }
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    // The first of them, so that none is started in place of another.
    const all = [server.pid, ...childrenOf(server.pid)];
    for (const pid of all) killOne(pid);
    await server.exited;
    while (all.some(isThere)) await Bun.sleep(5);
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isReady(): boolean {
    const sql = [
      "-h",
      "127.0.0.1",
      "-p",
      `${this.#port}`,
      "-U",
      USER,
      "-c",
      "select 1",
      "postgres",
    ];
    return Bun.spawnSync(["psql", ...sql], { stdout: "ignore", stderr: "ignore" }).success;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** `setpriv` becomes the program: its number is the server's. */
function asUser(command: readonly string[]): string[] {
  if (!isRoot()) return [...command];
  return ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups", ...command];
}

function freePort(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  listener.stop(true);
  return listener.port;
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && statusOf(pid)?.parent === parent);
}

/** Dead ones that nobody has asked for are gone as well. */
function isThere(pid: number): boolean {
  const status = statusOf(pid);
  return status !== undefined && status.state !== "Z";
}

function statusOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    // The name of the program is in brackets, and may hold anything.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .split(") ")
      .at(-1)!
      .split(" ");
    return { state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}
