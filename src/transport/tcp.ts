/**
 * The real network: TCP by Bun's sockets. All sockets share one handler object; what differs is in
 * `socket.data`. Nothing thrown by a receiver leaves here: its connection is closed with the error.
 */
import type { Socket } from "bun";
import { externalError, messageOf } from "../base/errors.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  ListenerOptions,
  Network,
} from "../ports/network.ts";

/** What a socket carries: its connection, once it is accepted, and whom to ask until then. */
interface SocketData {
  connection: TcpConnection | undefined;
  readonly open: (connection: Connection) => ConnectionHandler | undefined;
  /** Of a Unix socket. */
  readonly path: string | undefined;
}

const SOCKET_PATH_BYTES_MAX = 107;

type TcpSocket = Socket<SocketData>;

/** The network of this machine. */
export function tcpNetwork(): Network {
  return { listen, connect };
}

/**
 * Bun calls `close` from within `end` and `terminate`, and queues nothing of a write.
 *
 * A1. The handler is never called from within a call to the connection: such a close comes later.
 * A2. After `close` the handler is not called again, and the socket is not touched again.
 */
class TcpConnection implements Connection {
  readonly peer: Address;
  readonly local: Address;
  readonly #socket: TcpSocket;
  #handler: ConnectionHandler | undefined;
  #isOpen = true;
  #isEnding = false;

  constructor(socket: TcpSocket) {
    this.#socket = socket;
    const { path } = socket.data;
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
    else this.#tellClosed(error);
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

const HANDLERS = {
  binaryType: "buffer" as const,
  open(socket: TcpSocket): void {
    const connection = new TcpConnection(socket);
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
    socket.data.connection = connection;
  },
  data(socket: TcpSocket, chunk: Buffer): void {
    socket.data.connection?.data(chunk);
  },
  drain(socket: TcpSocket): void {
    socket.data.connection?.drain();
  },
  close(socket: TcpSocket, error?: Error): void {
    socket.data.connection?.closed(error);
  },
  error(socket: TcpSocket, error: Error): void {
    socket.data.connection?.closed(error);
    socket.terminate();
  },
};

function end(socket: TcpSocket): void {
  socket.data.connection?.ended();
}

function listen(
  address: Address,
  accept: (connection: Connection) => ConnectionHandler | undefined,
  { halfOpen = false }: ListenerOptions = {},
): Promise<Listener> {
  // Each socket gets an object of its own when it opens; this one is only where it starts.
  const open = (socket: TcpSocket): void => {
    socket.data = { connection: undefined, open: accept, path: address.path };
    HANDLERS.open(socket);
  };
  try {
    const socket = halfOpen ? { ...HANDLERS, open, end } : { ...HANDLERS, open };
    if (address.path !== undefined) {
      const server = Bun.listen<SocketData>({ unix: checkPath(address.path), socket });
      return Promise.resolve({ address, close: () => server.stop() });
    }
    const server = Bun.listen<SocketData>({
      hostname: address.host,
      port: address.port,
      allowHalfOpen: halfOpen,
      socket,
    });
    return Promise.resolve({
      address: { host: address.host, port: server.port },
      close: () => server.stop(),
    });
  } catch (error) {
    return Promise.reject(cannotListen(address, error));
  }
}

async function connect(
  address: Address,
  open: (connection: Connection) => ConnectionHandler,
): Promise<Connection> {
  const { host: hostname, port, path } = address;
  const data: SocketData = { connection: undefined, open, path };
  let failed: Error | undefined;
  const socket = {
    ...HANDLERS,
    connectError: (_: TcpSocket, error: Error) => void (failed = error),
  };
  try {
    if (path === undefined) await Bun.connect<SocketData>({ hostname, port, data, socket });
    else await Bun.connect<SocketData>({ unix: path, data, socket });
  } catch (error) {
    throw cannotConnect(address, error);
  }
  if (data.connection === undefined) throw cannotConnect(address, failed ?? "connection refused");
  return data.connection;
}

function cannotListen(address: Address, error: unknown): Error {
  const at = textOf(address);
  if (codeOf(error) === "EADDRINUSE") {
    return externalError(
      "port_in_use",
      `cannot listen at ${at}: the port is in use; stop the program that holds it, ` +
        "or take another port (0 takes a free one)",
      error,
    );
  }
  const reason =
    codeOf(error) === "EADDRNOTAVAIL"
      ? "this machine has no such address"
      : codeOf(error) === "EACCES"
        ? "ports below 1024 need privileges"
        : messageOf(error);
  return externalError("cannot_listen", `cannot listen at ${at}: ${reason}`, error);
}

function cannotConnect(address: Address, error: unknown): Error {
  const code = codeOf(error);
  const reason =
    code === "ECONNREFUSED"
      ? "nobody listens there"
      : code === "ENOTFOUND"
        ? "no such host"
        : messageOf(error);
  return externalError("cannot_connect", `cannot connect to ${textOf(address)}: ${reason}`, error);
}

/** The system would cut a longer one, and listen somewhere else. */
function checkPath(path: string): string {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  throw new Error(`the path has over ${SOCKET_PATH_BYTES_MAX} bytes; take a shorter folder`);
}

function textOf({ host, port, path }: Address): string {
  if (path !== undefined) return path;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
