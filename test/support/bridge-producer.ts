/** A producer of the connector protocol with a real socket. */
import { connect, type Socket } from "node:net";
import { heard } from "./bridge-client.ts";

/** A producer with a real socket. */
export class Producer {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #read = 0;
  #wake: (() => void) | undefined;
  isClosed = false;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("error", () => undefined);
    this.#socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    this.#socket.on("close", () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  send(...frames: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(frames));
  }

  /** The next frame that begins so; frames before it are passed over. */
  async hears(begin: string): Promise<string> {
    for (;;) {
      const all = heard(this.#bytes);
      while (this.#read < all.length && !all[this.#read]!.startsWith("and ")) {
        const said = all[this.#read++]!;
        if (said.startsWith(begin)) return said;
      }
      if (this.isClosed) throw new Error(`closed; it heard ${JSON.stringify(all)}`);
      await this.#news();
    }
  }

  /** All that was said until the other side closed. */
  async closed(): Promise<readonly string[]> {
    while (!this.isClosed) await this.#news();
    return heard(this.#bytes);
  }

  leave(): void {
    this.#socket.destroy();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
