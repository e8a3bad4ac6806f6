/** What is said to a producer: frames on their way out, of which the kernel took a part. */
import { ByteWriter } from "../../base/bytes.ts";
import type { Connection } from "../../ports/network.ts";
import { type Frame, writeFrame } from "./frames.ts";

export class Replies {
  readonly #connection: Connection;
  readonly #out = new ByteWriter();
  #sent = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get heldBytes(): number {
    return this.#out.at - this.#sent;
  }

  /** In one write, when the kernel has room: old clients expect a frame to arrive whole. */
  say(frame: Frame): void {
    writeFrame(frame, this.#out);
    this.send();
  }

  send(): void {
    const out = this.#out;
    if (this.#sent === out.at) return;
    const taken = this.#connection.write(out.buffer, this.#sent, out.at);
    if (taken <= 0) return;
    this.#sent += taken;
    if (this.#sent < out.at) return;
    out.clear();
    this.#sent = 0;
  }

  /** What was said arrives, if the kernel has all of it. */
  end(): void {
    if (this.heldBytes === 0) this.#connection.end();
    else this.#connection.terminate();
  }
}
