/**
 * Producers of lines that come and go, and what each was told. Every connection is a producer of
 * its own: it numbers its frames from 0, and never sends one twice.
 */
import { Prng } from "../../../src/base/prng.ts";

/** What one connection has sent, and was promised. */
export interface Told {
  readonly name: string;
  /** Frames whose last byte was given to the kernel. */
  sent: number;
  kept: number;
}

const RETRY_MS = 20;

export class Producers {
  readonly all: Told[] = [];
  readonly #port: () => number;
  readonly #prng: Prng;
  #isStopped = false;
  #names = 0;
  readonly #running: Promise<void>[] = [];

  constructor(port: () => number, seed: number, count: number) {
    this.#port = port;
    this.#prng = new Prng(seed);
    for (let i = 0; i < count; i++) this.#running.push(this.#run());
  }

  get connections(): number {
    return this.all.length;
  }

  get kept(): number {
    return this.all.reduce((sum, { kept }) => sum + kept, 0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#connection();
      } catch {
        // Nobody listens: it is dead, or begins.
        await Bun.sleep(RETRY_MS);
      }
    }
  }

  /** One connection, from its begin to an end that it chooses or suffers. */
  async #connection(): Promise<void> {
    const prng = this.#prng;
    const gone = Promise.withResolvers<void>();
    const own: Told = { name: `c${++this.#names}`, sent: 0, kept: 0 };
    let held = Buffer.alloc(0);
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: this.#port(),
      socket: {
        data: (_socket, chunk) => {
          held = Buffer.concat([held, chunk]);
          for (; held.length >= 8; held = held.subarray(8)) {
            const count = Number(held.readBigUInt64BE());
            if (count <= own.kept || count > own.sent) {
              throw new Error(`told ${count} after ${own.kept} of ${own.sent}`);
            }
            own.kept = count;
          }
        },
        close: () => gone.resolve(),
        error: () => gone.resolve(),
      },
    });
    this.all.push(own);
    let isOver = false;
    void gone.promise.then(() => (isOver = true));
    const bursts = 1 + prng.below(20);
    for (let i = 0; i < bursts && !isOver && !this.#isStopped; i++) {
      const count = 1 + prng.below(200);
      let text = "";
      for (let n = 0; n < count; n++) {
        text += `${own.name}:${own.sent + n} ${"x".repeat(prng.below(30))}\n`;
      }
      // Counted before it is written: what is told may come at once. What the kernel did not take
      // is not sent, and its connection ends in the middle of a frame.
      const before = own.sent;
      own.sent += count;
      const taken = socket.write(text);
      if (taken < text.length) {
        own.sent = before + text.slice(0, Math.max(0, taken)).split("\n").length - 1;
        break;
      }
      await Promise.race([Bun.sleep(prng.below(8)), gone.promise]);
    }
    if (prng.next() < 0.3) socket.write("cut o");
    if (prng.next() < 0.5) {
      // It has sent its last, and waits to be told.
      socket.shutdown();
      await Promise.race([gone.promise, Bun.sleep(500)]);
    }
    socket.terminate();
    await gone.promise;
  }
}
