/**
 * A network inside one process: who listens is found by port, chunks arrive in a later turn, in
 * order. Connections can be cut, and can fall silent in both directions without a word.
 */
import { externalError } from "../../src/base/errors.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../../src/ports/network.ts";

type Accept = (connection: Connection) => ConnectionHandler | undefined;

export class LoopNetwork implements Network {
  readonly #listeners = new Map<number, Accept>();
  readonly pairs: LoopPair[] = [];
  #port = 1_000;

  listen(address: Address, accept: Accept): Promise<Listener> {
    const port = address.port === 0 ? ++this.#port : address.port;
    if (this.#listeners.has(port)) {
      return Promise.reject(externalError("port_in_use", `port ${port} is in use`));
    }
    this.#listeners.set(port, accept);
    return Promise.resolve({
      address: { host: address.host, port },
      close: () => void this.#listeners.delete(port),
    });
  }

  connect(
    address: Address,
    open: (connection: Connection) => ConnectionHandler,
  ): Promise<Connection> {
    const accept = this.#listeners.get(address.port);
    if (accept === undefined) {
      return Promise.reject(externalError("cannot_connect", `nobody listens at ${address.port}`));
    }
    const local = { host: "127.0.0.1", port: ++this.#port };
    const pair = new LoopPair(local, address);
    this.pairs.push(pair);
    pair.near.handler = open(pair.near);
    pair.far.handler = accept(pair.far);
    if (pair.far.handler === undefined) pair.far.terminate();
    return Promise.resolve(pair.near);
  }
}

export class LoopPair {
  readonly near: LoopEnd;
  readonly far: LoopEnd;
  /** What is sent is lost, and nobody is told. */
  isSilent = false;

  constructor(local: Address, remote: Address) {
    this.near = new LoopEnd(this, remote, local);
    this.far = new LoopEnd(this, local, remote);
  }

  other(end: LoopEnd): LoopEnd {
    return end === this.near ? this.far : this.near;
  }

  /** The connection breaks for both. */
  cut(): void {
    this.near.broken();
    this.far.broken();
  }
}

export class LoopEnd implements Connection {
  readonly peer: Address;
  readonly local: Address;
  handler: ConnectionHandler | undefined;
  isOpen = true;
  readonly #pair: LoopPair;
  #inbox: Uint8Array[] = [];

  constructor(pair: LoopPair, peer: Address, local: Address) {
    this.#pair = pair;
    this.peer = peer;
    this.local = local;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.isOpen) return -1;
    // A copy, which `slice` of a Buffer is not.
    const copy = Uint8Array.prototype.slice.call(bytes, start, end);
    if (!this.#pair.isSilent) this.#pair.other(this).#arrive(copy);
    return end - start;
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    if (!this.isOpen) return;
    const other = this.#pair.other(this);
    this.isOpen = false;
    setImmediate(() => {
      this.handler?.close(undefined);
      if (!this.#pair.isSilent) other.left();
    });
  }

  terminate(): void {
    this.end();
  }

  broken(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    setImmediate(() => this.handler?.close(new Error("connection reset")));
  }

  left(): void {
    if (!this.isOpen) return;
    this.#flush();
    this.isOpen = false;
    this.handler?.close(undefined);
  }

  #arrive(chunk: Uint8Array): void {
    this.#inbox.push(chunk);
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const chunks = this.#inbox;
    this.#inbox = [];
    for (const chunk of chunks) if (this.isOpen) this.handler?.data(chunk);
  }
}
