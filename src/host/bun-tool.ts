/**
 * The tools of the runtime that is inside the executable: type checker and test runner. They run in
 * a child process that is the executable itself, as Bun.
 */
import { childEnvironment } from "./self.ts";

export interface ToolOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool to its end and gives its output. */
export async function askTool(args: readonly string[], cwd: string): Promise<ToolOutput> {
  const child = Bun.spawn({
    cmd: [process.execPath, ...args],
    cwd,
    env: toolEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status, stdout, stderr };
}

/** Runs a tool on our own terminal. Returns its exit status. */
export async function runTool(args: readonly string[], cwd: string): Promise<number> {
  const child = Bun.spawn({
    cmd: [process.execPath, ...args],
    cwd,
    env: toolEnvironment(),
    stdio: ["ignore", "inherit", "inherit"],
  });
  return await child.exited;
}

function toolEnvironment(): Record<string, string> {
  return { ...childEnvironment(), BUN_BE_BUN: "1" };
}
