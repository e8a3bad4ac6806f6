/**
 * A producer of the connector protocol: sends lines as the messages of one stream, and goes on
 * where it is told to after any failure, until all are acknowledged.
 */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Fields, frame, Frames, message, text, u64 } from "./wire.ts";

export interface ProduceOptions {
  readonly host: string;
  readonly port: number;
  readonly cookie: string;
  /** The stream's name: its id is made of it. */
  readonly stream: string;
  readonly lines: readonly string[];
}

const NOTHING_YET = 0xffff_ffff_ffff_ffffn;
const RETRY_MS = 200;

/** Resolves when every line is in a checkpoint. @throws when it is refused for good */
export async function produce(options: ProduceOptions): Promise<void> {
  const producer = new Producer(options);
  while (!(await producer.connect())) await Bun.sleep(RETRY_MS);
}

/** The first 16 digits of the name's SHA-256, as clients of this protocol do. */
export function streamId(name: string): bigint {
  return BigInt(`0x${createHash("sha256").update(name).digest("hex").slice(0, 16)}`);
}

class Producer {
  readonly #options: ProduceOptions;
  readonly #id: bigint;
  /** The id of each line: how many bytes there are up to its end. */
  readonly #ids: readonly bigint[];
  #host: string;
  #port: number;
  #socket!: Socket;
  #next = 0;
  #credits = 0;
  #isOpen = false;
  #hasEnded = false;
  #isDone = false;
  #error: Error | undefined;

  constructor(options: ProduceOptions) {
    this.#options = options;
    this.#id = streamId(options.stream);
    this.#host = options.host;
    this.#port = options.port;
    let bytes = 0;
    this.#ids = options.lines.map((line) => BigInt((bytes += Buffer.byteLength(line) + 1)));
  }

  /** One connection, to its end. True when all is acknowledged. */
  async connect(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const frames = new Frames();
    this.#isOpen = false;
    this.#hasEnded = false;
    this.#socket = connect(this.#port, this.#host, () => {
      const { cookie } = this.#options;
      this.#socket.write(frame(0, text("0.0.1"), text(cookie), text("meters"), text("producer")));
    });
    this.#socket.on("data", (chunk: Buffer) => {
      for (const body of frames.push(chunk)) this.#hear(new Fields(body));
    });
    this.#socket.on("error", () => undefined); // It closes, and is tried again.
    this.#socket.on("close", () => resolve());
    await promise;
    if (this.#error !== undefined) throw this.#error;
    return this.#isDone;
  }

  #hear(said: Fields): void {
    switch (said.u8()) {
      case 1: // OK
        this.#credits = said.u32();
        this.#notify();
        return;
      case 2: // ERROR
        this.#error = new Error(`refused: ${said.text()}`);
        this.#socket.end();
        return;
      case 4: // NOTIFY_ACK
        if (said.u8() === 1) this.#begin(said);
        return;
      case 6: // ACK
        this.#credits += said.u32();
        this.#acknowledged(said);
        return;
      case 7: // RESTART
        this.#restart(said);
        return;
      default:
        this.#error = new Error("no frame that a source sends");
        this.#socket.end();
    }
  }

  #notify(): void {
    const from = this.#ids[this.#next - 1] ?? 0n;
    this.#credits--;
    this.#socket.write(frame(3, u64(this.#id), text(this.#options.stream), u64(from)));
  }

  /** Behind the last line that is durable. */
  #begin(said: Fields): void {
    said.u64();
    const last = said.u64();
    this.#next = last === NOTHING_YET ? 0 : this.#ids.findIndex((id) => id > last);
    if (this.#next < 0) this.#next = this.#ids.length;
    this.#isOpen = true;
    this.#send();
  }

  #send(): void {
    for (; this.#credits > 0 && this.#next < this.#ids.length; this.#next++, this.#credits--) {
      const line = Buffer.from(this.#options.lines[this.#next]!);
      this.#socket.write(message(this.#id, this.#ids[this.#next]!, line));
    }
    if (this.#next < this.#ids.length || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#socket.write(frame(8, u64(this.#id)));
  }

  #acknowledged(said: Fields): void {
    const last = this.#ids.at(-1) ?? 0n;
    for (let count = said.u32(); count > 0; count--) {
      const stream = said.u64();
      const reference = said.u64();
      if (stream === this.#id && reference === last && this.#hasEnded) this.#isDone = true;
    }
    if (this.#isDone) this.#socket.end();
    else if (this.#isOpen) this.#send();
    else if (this.#credits > 0) this.#notify(); // Somebody else had the stream.
  }

  #restart(said: Fields): void {
    const address = said.rest().subarray(4).toString();
    const at = address.lastIndexOf(":");
    if (at > 0) {
      this.#host = address.slice(0, at);
      this.#port = Number(address.slice(at + 1));
    }
    this.#socket.end();
  }
}

if (import.meta.main) {
  const [file = "apps/meters/input/readings.jsonl", port = "7100"] = process.argv.slice(2);
  const lines = (await Bun.file(file).text()).trimEnd().split("\n");
  const cookie = process.env["COOKIE"] ?? "Dragons-Love-Tacos";
  await produce({ host: "127.0.0.1", port: Number(port), cookie, stream: file, lines });
  process.stdout.write(`${lines.length} lines of ${file} are durable\n`);
}
