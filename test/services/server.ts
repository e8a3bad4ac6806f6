/** Servers that tests start and end: on the loopback, with their data in a folder that goes too. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Service {
  /** Of the store that it serves. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Runs a command to its end. @throws with what it printed */
export async function run(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")}: code ${code}\n${out}${err}`.slice(-2_000));
}

/** Packages of Debian; only root can install them. */
export async function installPackages(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null) {
    throw new Error(`install ${names.join(" ")} to run these tests`);
  }
  // Nothing is to start by itself.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...names];
  await run(install, env).catch(async () => {
    await run(["apt-get", "update", "-qq"], env);
    await run(install, env);
  });
}

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "wallaroo-service-"));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Tries until it succeeds, for at most 30 s. */
export async function untilUp(what: string, attempt: () => Promise<void>): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > end) throw new Error(`${what} did not come up`, { cause: error });
      await Bun.sleep(50);
    }
  }
}

export interface Started {
  readonly command: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server; the result ends it. */
export function start({ command, folder, env }: Started): () => Promise<void> {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const end = (): void => child.kill("SIGKILL");
  process.on("exit", end);
  return async () => {
    process.off("exit", end);
    child.kill("SIGTERM");
    const timer = setTimeout(end, 5_000);
    await child.exited;
    clearTimeout(timer);
    removeFolder(folder);
  };
}
