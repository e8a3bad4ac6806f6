/** What a connector may use of the world, in memory: for tests of connectors. */
import type { SinkContext } from "../../src/model/sink.ts";
import type { SourceContext } from "../../src/model/source.ts";
import { Prng } from "../../src/base/prng.ts";
import type { Logger, LogLevel } from "../../src/ports/logger.ts";
import type { Stdio } from "../../src/ports/stdio.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryDisk } from "./memory-disk.ts";

/** A logger that keeps its lines as `warn text`. */
export class KeptLogger implements Logger {
  readonly lines: string[] = [];
  readonly debug = (text: string) => this.#keep("debug", text);
  readonly info = (text: string) => this.#keep("info", text);
  readonly warn = (text: string) => this.#keep("warn", text);
  readonly error = (text: string) => this.#keep("error", text);
  readonly child = () => this;

  #keep(level: LogLevel, text: string): void {
    this.lines.push(`${level} ${text}`);
  }
}

/** Standard input of the given chunks; output is kept. */
export class MemoryStdio implements Stdio {
  readonly #chunks: AsyncIterable<Uint8Array>;
  #written: Buffer[] = [];
  /** Called before each write; what it throws or rejects with is the result. */
  onWrite: (() => void | Promise<void>) | undefined;

  constructor(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = []) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks : each(chunks);
  }

  get text(): string {
    return Buffer.concat(this.#written).toString();
  }

  input(): AsyncIterable<Uint8Array> {
    return this.#chunks;
  }

  write(bytes: Uint8Array, start: number, end: number): void | Promise<void> {
    // Taken late, so that whoever changes the bytes too early is found out.
    const take = () => void this.#written.push(Buffer.from(bytes.slice(start, end)));
    const waiting = this.onWrite?.();
    if (waiting !== undefined) return waiting.then(take);
    take();
    return undefined;
  }
}

async function* each(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export interface TestWorld {
  readonly clock: FakeClock;
  readonly disk: MemoryDisk;
  readonly stdio: MemoryStdio;
  readonly log: KeptLogger;
  readonly source: SourceContext;
  /** The context of a sink's writer or committer. */
  readonly sink: (
    overrides?: Partial<Pick<SinkContext, "job" | "sink" | "index" | "generation" | "staging">>,
  ) => SinkContext;
}

export function testWorld(
  given: { readonly disk?: MemoryDisk; readonly stdio?: MemoryStdio } = {},
): TestWorld {
  const clock = new FakeClock();
  const disk = given.disk ?? new MemoryDisk({ now: () => clock.now() });
  const stdio = given.stdio ?? new MemoryStdio();
  const log = new KeptLogger();
  const none = () => Promise.reject(new Error("this test has no network"));
  const network = { listen: none, connect: none };
  const ports = { clock, disk, stdio, log, network, random: new Prng(1), worker: "w-1" };
  return {
    clock,
    disk,
    stdio,
    log,
    source: { ...ports, job: "job", source: "in" },
    sink: (overrides) => ({
      ...ports,
      job: "job",
      sink: "out",
      index: 0,
      generation: 1,
      ...overrides,
    }),
  };
}

/** Lets everything happen that needs no time: disk calls and promises in memory. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

/** The code of the error that a call ends with. */
export async function codeOf(call: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "no error";
}
