/**
 * What a run of the real binary left: an app that counts lines of a file, by key, into a file. It
 * has read the first block of lines; one more has come since.
 */
import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { AppFolder } from "./app-folder.ts";
import { type Ran, runBinary } from "./binary.ts";

const KEYS = 5;
/** Processes at a time: each has the machine's attention, and none waits for another's pauses. */
const RUNS_MAX = 3;
export const BLOCK = 50;

export const LEFT_APP = `import { app, file, state, utf8 } from "wallaroo";
const tally = state(() => ({ n: 0 }), {});
export default app("counts", (flow) => {
  flow
    .source("in", file.read({ path: "in.txt", decode: utf8 }))
    .keyBy("key", (line: string) => Number(line) % ${KEYS})
    .mapWithState("count", tally, (line: string, own) => line + " " + ++own.n)
    .sink("out", file.write({ path: "out", encode: utf8 }));
});
`;

/** The lines that come of so many blocks. */
export function leftLines(blocks: number): string[] {
  return Array.from({ length: blocks * BLOCK }, (_, n) => `${n} ${Math.floor(n / KEYS) + 1}`);
}

/** The run that is copied, and the file that it and all copies read. */
export class LeftRuns implements Disposable {
  readonly folder = new AppFolder();
  #free = RUNS_MAX;
  readonly #waiting: (() => void)[] = [];
  readonly input = join(this.folder.path, "in.txt");

  /** `others`: names of apps of which one run each is left besides, by their names. */
  async make(others: readonly string[]): Promise<void> {
    this.#addBlock(0);
    const codes = others.map((name) => [name, LEFT_APP.replace("counts", name)] as const);
    const all = [["base", LEFT_APP] as const, ...codes];
    await Promise.all(all.map(([name, code]) => this.#make(name, code)));
    this.#addBlock(BLOCK);
  }

  copy(name: string): Left {
    return new Left(this, name);
  }

  /** The newest file in a folder of ours whose path there fits. */
  fileIn(where: string, pattern: RegExp): string {
    const path = resolve(this.folder.path, where);
    const all = (readdirSync(path, { recursive: true }) as string[]).sort();
    const found = all.filter((one) => pattern.test(one)).at(-1);
    if (found === undefined) throw new Error(`no ${String(pattern)} in ${path}`);
    return join(path, found);
  }

  /** Runs the app of a folder to its end, when it is its turn. */
  async run(cwd: string, more: readonly string[] = []): Promise<Ran> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      const args = ["run", "./app.ts", "--data", "data", "--http", "off", "-q", ...more];
      return await runBinary(args, { cwd });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }

  async #make(name: string, code: string): Promise<void> {
    this.folder.write(`${name}/app.ts`, code);
    const cwd = join(this.folder.path, name);
    linkSync(this.input, join(cwd, "in.txt"));
    const { status, stderr } = await this.run(cwd);
    if (status !== 0) throw new Error(stderr);
  }

  #addBlock(from: number): void {
    const lines = Array.from({ length: BLOCK }, (_, i) => `${from + i}\n`);
    appendFileSync(this.input, lines.join(""));
  }
}

/** A copy of what was left, to do harm to. */
export class Left {
  readonly path: string;
  readonly #runs: LeftRuns;

  constructor(runs: LeftRuns, name: string) {
    this.#runs = runs;
    this.path = join(runs.folder.path, name);
    mkdirSync(this.path);
    this.mend("data");
    this.mend("out");
    this.write(LEFT_APP);
    linkSync(runs.input, join(this.path, "in.txt")); // The same file, and not another one.
  }

  /** As it was left. */
  mend(what: "data" | "out"): void {
    rmSync(join(this.path, what), { recursive: true, force: true });
    cpSync(join(this.#runs.folder.path, "base", what), join(this.path, what), { recursive: true });
  }

  async run(...more: readonly string[]): Promise<Ran> {
    return await this.#runs.run(this.path, more);
  }

  /** Another version of the app. */
  write(code: string): void {
    writeFileSync(join(this.path, "app.ts"), code);
  }

  /** The newest file whose path in the data folder fits. */
  file(pattern: RegExp): string {
    return this.#runs.fileIn(join(this.path, "data"), pattern);
  }

  /** What came out. */
  get lines(): string[] {
    const out = join(this.path, "out");
    const parts = readdirSync(out).filter((name) => name.startsWith("part"));
    const texts = parts.sort().map((part) => readFileSync(join(out, part), "utf8"));
    return texts.join("").split("\n").slice(0, -1);
  }
}

/** Changes one bit in the middle. */
export function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 16;
  writeFileSync(path, bytes);
}

/** Changes one byte. `crc`: its last four bytes are the CRC-32 of the others, big-endian. */
export function writeByte(path: string, at: number, value: number, crc = false): void {
  const bytes = readFileSync(path);
  bytes[at] = value;
  const end = bytes.length - 4;
  if (crc) bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(0, end)), end);
  writeFileSync(path, bytes);
}
