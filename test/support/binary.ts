/** The real binary for tests: built once, again only when a source is newer. */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
/** What it is made of. */
export const SOURCES: readonly string[] = [
  "src/**/*",
  "{build*.ts,package.json,package-lock.json,tsconfig.json}",
];
/** How long to wait for another test process that builds. */
const BUILD_MS_MAX = 60_000;

/** The path of `dist/wallaroo`, up to date with the sources. */
export async function binary(): Promise<string> {
  return await builtBy("build.ts", "wallaroo", SOURCES);
}

/** The path of `dist/NAME` that a script builds, up to date with the sources. */
export async function builtBy(
  script: string,
  name: string,
  sources: readonly string[],
): Promise<string> {
  const path = join(ROOT, "dist", name);
  if (isFresh(path, sources)) return path;
  using _lock = await takeLock(join(ROOT, "dist", ".building"));
  if (isFresh(path, sources)) return path;
  // In a process of its own: the bundler's memory would stay with the tests.
  const build = Bun.spawn([process.execPath, join(ROOT, script)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const errors = await new Response(build.stderr).text();
  if ((await build.exited) !== 0) throw new Error(`${script} failed:\n${errors}`);
  return path;
}

function isFresh(path: string, patterns: readonly string[]): boolean {
  const built = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built === 0) return false;
  const sources = patterns.flatMap((each) => [...new Bun.Glob(each).scanSync({ cwd: ROOT })]);
  if (sources.length < patterns.length) throw new Error("the sources are not where they should be");
  for (const source of sources) {
    // A file may be removed while we look; then its folder's importers changed as well.
    const changed = statSync(join(ROOT, source), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed > built) return false;
  }
  return true;
}

/** A folder that only one process can make; one left by a process that died is taken over. */
async function takeLock(path: string): Promise<Disposable> {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      mkdirSync(path);
      return { [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
    }
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > BUILD_MS_MAX) rmSync(path, { recursive: true, force: true });
    await Bun.sleep(50);
  }
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A copy of the binary, in place of it. */
  readonly program?: string;
}

/** Runs the binary to its end, in an environment without what tests of others may have set. */
export async function runBinary(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = await startBinary(args, options);
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status: child.exitCode, stdout, stderr };
}

/** What a command answers as JSON. @throws with what it said, when it failed */
export async function askBinary<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { stdout, stderr, status } = await runBinary([...args, "--json"], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T; // Our own process wrote it.
}

export type Started = Bun.Subprocess<"pipe", "pipe", "pipe">;

/** Starts the binary with pipes. `input` is all of its input; else the input stays open. */
export async function startBinary(
  args: readonly string[],
  { cwd, env = {}, input, program }: RunOptions = {},
): Promise<Started> {
  const child = Bun.spawn([program ?? (await binary()), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  if (input !== undefined) {
    await child.stdin.write(input);
    await child.stdin.end();
  }
  return child;
}

/** Reads lines until one fits, and returns it; for processes that go on. */
export async function lineOf(
  stream: ReadableStream<Uint8Array>,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`no line fits ${String(pattern)} in:\n${text}`);
      text += decoder.decode(value, { stream: true });
      const match = pattern.exec(text);
      if (match !== null && text.indexOf("\n", match.index) !== -1) return match;
    }
  } finally {
    reader.releaseLock();
  }
}

/** What comes after the lines that were read already. */
export async function restOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text;
}
