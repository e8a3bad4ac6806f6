/** A network that the test is the other end of: it sends, takes, stops taking and breaks off. */
import { externalError } from "../base/errors.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../ports/network.ts";

/** One connection, seen from the other end. */
export class SimConnection implements Connection {
  readonly peer: Address;
  readonly local: Address;
  handler: ConnectionHandler | undefined;
  isOpen = true;
  isPaused = false;
  /** How many bytes it takes before it is full. */
  room = Number.POSITIVE_INFINITY;
  /** The side under test ended it in good order. */
  isEnded = false;
  readonly #taken: Uint8Array[] = [];

  constructor(peer: Address, local: Address) {
    this.peer = peer;
    this.local = local;
  }

  /** All that was taken. */
  get taken(): Buffer {
    return Buffer.concat(this.#taken);
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.isOpen) return -1;
    const count = Math.min(this.room, end - start);
    this.room -= count;
    // A copy, which `slice` of a Buffer is not: the writer may use its memory again.
    if (count > 0) this.#taken.push(Uint8Array.prototype.slice.call(bytes, start, start + count));
    return count;
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  giveBack(chunk: Uint8Array): void {
    chunk.fill(0xee); // Whoever still looks at it is found out.
  }
  end(): void {
    this.isEnded = true;
    this.terminate();
  }
  terminate(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    void Promise.resolve().then(() => this.handler?.close(undefined));
  }

  /** The other end sends; it may not while the connection is paused. */
  send(chunk: Uint8Array | string): void {
    if (this.isPaused || !this.isOpen) throw new Error("the connection takes nothing now");
    this.handler?.data(typeof chunk === "string" ? Buffer.from(chunk) : Uint8Array.from(chunk));
  }
  /** The other end read, so that there is room again. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room;
    this.handler?.drain();
  }
  /** The other end sends no more, and may still read. */
  endSending(): void {
    if (!this.isOpen) return;
    if (this.handler?.ended === undefined) this.leave();
    else this.handler.ended();
  }
  /** The other end goes away. */
  leave(error?: Error): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.handler?.close(error);
  }
}

export class SimNetwork implements Network {
  /** Whether somebody listens where the side under test connects to. */
  isThere = true;
  /** How much a new connection takes. */
  room = Number.POSITIVE_INFINITY;
  readonly connections: SimConnection[] = [];
  attempts = 0;
  isListening = false;
  #accept: ((connection: Connection) => ConnectionHandler | undefined) | undefined;
  #port = 40_000;

  listen(
    address: Address,
    accept: (connection: Connection) => ConnectionHandler | undefined,
  ): Promise<Listener> {
    this.#accept = accept;
    this.isListening = true;
    const port = address.port === 0 ? 7_777 : address.port;
    return Promise.resolve({
      address: { host: address.host, port },
      close: () => void (this.isListening = false),
    });
  }

  connect(
    address: Address,
    open: (connection: Connection) => ConnectionHandler,
  ): Promise<Connection> {
    this.attempts++;
    if (!this.isThere) {
      const text = `cannot connect to ${address.host}:${address.port}: nobody listens there`;
      return Promise.reject(externalError("cannot_connect", text));
    }
    const connection = new SimConnection(address, { host: "127.0.0.1", port: ++this.#port });
    connection.room = this.room;
    this.connections.push(connection);
    connection.handler = open(connection);
    return Promise.resolve(connection);
  }

  /** A producer connects; undefined when it is refused. */
  produce(): SimConnection | undefined {
    const peer = { host: "127.0.0.1", port: ++this.#port };
    const connection = new SimConnection(peer, { host: "127.0.0.1", port: 7_777 });
    connection.handler = this.#accept?.(connection);
    return connection.handler === undefined ? undefined : connection;
  }

  /** The connection made last. */
  get last(): SimConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("there was no connection");
    return connection;
  }
}
