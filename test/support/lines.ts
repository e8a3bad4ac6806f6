/** Lines of a stream one by one, and a producer over TCP. */

/** Gives the next line that fits, when it is there. */
export class LineReader {
  readonly #lines: string[] = [];
  readonly #fits: (line: string) => boolean;
  #all = "";
  #isOver = false;
  #wake = (): void => undefined;

  constructor(stream: ReadableStream<Uint8Array>, fits: (line: string) => boolean = () => true) {
    this.#fits = fits;
    void this.#read(stream);
  }

  async next(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#isOver) throw new Error(`no more lines; there were:\n${this.#all}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      this.#all = (this.#all + text).slice(-10_000);
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines.filter(this.#fits));
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}

export interface LineProducer {
  say(line: string): void;
  send(bytes: Uint8Array): void;
  end(): void;
  readonly isOpen: boolean;
}

/** Connects to a source. What is small is taken at once. */
export async function producer(port: number): Promise<LineProducer> {
  let isOpen = true;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: () => undefined,
      close: () => {
        isOpen = false;
      },
    },
  });
  return {
    say: (line) => void socket.write(`${line}\n`),
    send: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    get isOpen() {
      return isOpen;
    },
  };
}
