/**
 * The two processes that are never restarted, seen from the harness: the ledger, which writes what
 * goes in, and the receiver, which takes what comes out.
 */
import { join } from "node:path";
import { LineReader } from "../../support/lines.ts";
import type { LedgerSettings } from "./ledger.ts";
import type { ReceiverEnd, SeenPart } from "./receiver.ts";

type ReceiverLine = SeenPart | ReceiverEnd | { readonly type: "violation"; readonly text: string };
type Child = Bun.Subprocess<"pipe", "pipe", "inherit">;

export class Ledger implements Disposable {
  readonly #child: Child;
  readonly #lines: LineReader;

  private constructor(child: Child) {
    this.#child = child;
    this.#lines = new LineReader(child.stdout);
  }

  static async start(folder: string, settings: LedgerSettings): Promise<Ledger> {
    const ledger = new Ledger(start("ledger.ts", folder, JSON.stringify(settings)));
    await ledger.#lines.next();
    return ledger;
  }

  /** Nothing more goes in. Returns how many records there are. */
  async end(): Promise<number> {
    await this.#child.stdin.write("end\n");
    await this.#child.stdin.flush();
    const { records } = JSON.parse(await this.#lines.next()) as { records: number };
    await this.#child.exited;
    return records;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

export class Receiver implements Disposable {
  readonly #child: Child;
  readonly #ended = Promise.withResolvers<ReceiverEnd>();
  readonly parts: SeenPart[] = [];
  /** What the sink did that it may not. */
  readonly violations: string[] = [];
  /** Where it takes transactions. */
  readonly port: number;

  private constructor(child: Child, lines: LineReader, port: number) {
    this.#child = child;
    this.port = port;
    void this.#take(lines);
  }

  static async start(folder: string): Promise<Receiver> {
    const child = start("receiver.ts", folder);
    const lines = new LineReader(child.stdout);
    const { port } = JSON.parse(await lines.next()) as { readonly port: number };
    return new Receiver(child, lines, port);
  }

  /** Lines that are visible in a sink. */
  linesOf(sink: string): number {
    return this.parts.reduce((sum, part) => sum + (part.sink === sink ? part.lines : 0), 0);
  }

  /** When the first part with a record that was written at `from` or later became visible. */
  firstNew(from: number): number | undefined {
    return this.parts.find(({ newestAt }) => newestAt >= from)?.seenAt;
  }

  async end(): Promise<ReceiverEnd> {
    await this.#child.stdin.end();
    return await this.#ended.promise;
  }

  async #take(lines: LineReader): Promise<void> {
    try {
      for (;;) {
        const told = JSON.parse(await lines.next()) as ReceiverLine; // Our own process.
        if (told.type === "part") this.parts.push(told);
        else if (told.type === "violation") this.violations.push(told.text);
        else return this.#ended.resolve(told);
      }
    } catch (error) {
      this.#ended.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  [Symbol.dispose](): void {
    this.#ended.promise.catch(() => undefined);
    this.#child.kill("SIGKILL");
  }
}

function start(script: string, ...args: readonly string[]): Child {
  return Bun.spawn([process.execPath, join(import.meta.dir, script), ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
}
