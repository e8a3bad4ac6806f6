/** One TCP socket of the runtime as a connection, and the handlers that feed it. */
import type { Socket } from "bun";
import type { Address, Connection, ConnectionHandler } from "../ports/network.ts";
import type { TlsGuard } from "./tls-guard.ts";

/** Below, freeing a chunk costs more than it gives; so small ones may be the collector's own. */
const GIVE_BACK_BYTES_MIN = 4_096;

/** What a socket carries: its connection, once it is accepted, and whom to ask until then. */
export interface SocketData {
  connection: TcpConnection | undefined;
  readonly open: (connection: Connection) => ConnectionHandler | undefined;
  /** Of a Unix socket. */
  readonly path: string | undefined;
  /** Of a socket with TLS. */
  readonly guard?: TlsGuard;
  /** The peer's, once it is admitted. */
  identity?: string | undefined;
  /** What a close means before the peer has said anything. */
  readonly unheard?: Error;
}

export type TcpSocket = Socket<SocketData>;

/**
 * Bun calls `close` from within `end` and `terminate`, and queues nothing of a write.
 *
 * A1. The handler is never called from within a call to the connection: such a close comes later.
 * A2. After `close` the handler is not called again, and the socket is not touched again.
 */
class TcpConnection implements Connection {
  readonly peer: Address;
  readonly local: Address;
  readonly identity: string | undefined;
  readonly #socket: TcpSocket;
  #handler: ConnectionHandler | undefined;
  #isOpen = true;
  #isEnding = false;
  #unheard: Error | undefined;

  constructor(socket: TcpSocket) {
    this.#socket = socket;
    const { path, identity, unheard } = socket.data;
    this.identity = identity;
    this.#unheard = unheard;
    const isFile = path !== undefined;
    const file = { host: "", port: 0, path: path ?? "" };
    this.peer = isFile ? file : { host: socket.remoteAddress, port: socket.remotePort };
    this.local = isFile ? file : { host: socket.localAddress, port: socket.localPort };
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.#isOpen) return -1;
    if (start === end) return 0;
    return this.#socket.write(bytes, start, end - start);
  }

  pause(): void {
    if (this.#isOpen) this.#socket.pause();
  }

  resume(): void {
    if (this.#isOpen) this.#socket.resume();
  }

  /** Frees it now. Else it waits for the collector, and each chunk until then takes new pages. */
  giveBack({ buffer, length }: Uint8Array): void {
    if (length < GIVE_BACK_BYTES_MIN || length !== buffer.byteLength) return;
    if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#isEnding = true;
    this.#socket.end();
    this.#isEnding = false;
  }

  terminate(): void {
    if (!this.#isOpen) return;
    this.#isEnding = true;
    this.#socket.terminate();
    this.#isEnding = false;
  }

  /** From here on: called by the socket's handlers only. */

  opened(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  data(chunk: Buffer): void {
    this.#unheard = undefined;
    try {
      this.#handler?.data(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  drain(): void {
    try {
      this.#handler?.drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  ended(): void {
    const handler = this.#handler;
    if (handler?.ended === undefined) {
      this.end();
      return;
    }
    try {
      handler.ended();
    } catch (error) {
      this.#fail(error);
    }
  }

  closed(error: Error | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#isEnding)
      queueMicrotask(() => this.#tellClosed(error)); // A1
    else this.#tellClosed(this.#unheard ?? error);
  }

  #fail(error: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.terminate();
    const cause = error instanceof Error ? error : new Error(String(error));
    queueMicrotask(() => this.#tellClosed(cause));
  }

  #tellClosed(error: Error | undefined): void {
    const handler = this.#handler;
    this.#handler = undefined; // A2
    try {
      handler?.close(error);
    } catch {
      // The connection is gone and its owner failed while it was told so: nobody is left to tell.
    }
  }
}

/** Shared by all sockets: what differs is in `socket.data`. */
export const HANDLERS = {
  binaryType: "buffer" as const,
  open(socket: TcpSocket): void {
    const connection = new TcpConnection(socket);
    // Known before anybody is asked: who is asked may close it.
    socket.data.connection = connection;
    let handler: ConnectionHandler | undefined;
    try {
      handler = socket.data.open(connection);
    } catch {
      handler = undefined;
    }
    if (handler === undefined) {
      connection.terminate();
      return;
    }
    connection.opened(handler);
  },
  handshake(socket: TcpSocket, isOk: boolean, error: Error | null): void {
    const admitted = socket.data.guard?.finish(socket, isOk, error);
    if (admitted === undefined) return;
    socket.data.identity = admitted.identity;
    HANDLERS.open(socket);
  },
  data(socket: TcpSocket, chunk: Buffer): void {
    socket.data.connection?.data(chunk);
  },
  drain(socket: TcpSocket): void {
    socket.data.connection?.drain();
  },
  close(socket: TcpSocket, error?: Error): void {
    socket.data.guard?.closed(socket);
    socket.data.connection?.closed(error);
  },
  error(socket: TcpSocket, error: Error): void {
    socket.data.guard?.closed(socket);
    socket.data.connection?.closed(error);
    socket.terminate();
  },
};

/** Besides, where a peer that sends no more may still read. */
export function end(socket: TcpSocket): void {
  socket.data.connection?.ended();
}
