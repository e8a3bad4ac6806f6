/** Sends a text over TCP, line by line in frames, again and again. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";

const BLOCK_BYTES = 256 * 1_024;
const TICK_MS = 50;

export class Feeder {
  readonly #socket: Socket;
  readonly #frames: readonly Buffer[];
  #failure: Error | undefined;
  #framesSent = 0;

  private constructor(socket: Socket, text: string) {
    this.#socket = socket;
    this.#frames = framesOf(text);
    socket.on("error", (error) => (this.#failure = error));
  }

  static async connect(
    address: { readonly host: string; readonly port: number },
    text: string,
  ): Promise<Feeder> {
    const socket = connect(address);
    await once(socket, "connect");
    return new Feeder(socket, text);
  }

  /** How often the whole text was sent. */
  get repeats(): number {
    return this.#framesSent / this.#frames.length;
  }

  /** Sends whole texts at a rate, spread evenly over their lines. */
  async feedAtRate(textsPerSecond: number, durationMs: number): Promise<void> {
    const perMs = (textsPerSecond * this.#frames.length) / 1_000;
    const total = Math.round((textsPerSecond * durationMs) / 1_000) * this.#frames.length;
    const began = performance.now();
    for (let sent = 0; sent < total;) {
      const due = (performance.now() - began) * perMs;
      for (; sent < total && sent < due; sent++) {
        await this.#write(this.#frames[sent % this.#frames.length]!, 1);
      }
      await Bun.sleep(TICK_MS);
    }
  }

  /** Sends whole texts as fast as the receiver takes them. */
  async feedAtFullSpeed(durationMs: number): Promise<void> {
    const one = Buffer.concat(this.#frames);
    const texts = Math.ceil(BLOCK_BYTES / one.length);
    const block = Buffer.concat(Array.from({ length: texts }, () => one));
    const until = performance.now() + durationMs;
    while (performance.now() < until) {
      await this.#write(block, texts * this.#frames.length);
      // Lets the receiver of the counts, which is in this process too, have its turn.
      await Bun.sleep(0);
    }
  }

  async #write(bytes: Buffer, frames: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#framesSent += frames;
    if (!this.#socket.write(bytes)) await once(this.#socket, "drain");
  }

  /** Ends the connection after what was sent. */
  close(): void {
    this.#socket.end();
  }
}

/** Each line that is not empty, behind its length in four bytes, big-endian. */
export function framesOf(text: string): readonly Buffer[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const frame = Buffer.alloc(4 + Buffer.byteLength(line));
      frame.writeUInt32BE(frame.length - 4);
      frame.write(line, 4);
      return frame;
    });
}
