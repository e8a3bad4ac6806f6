/**
 * The real network: TCP by Bun's sockets. All sockets share one handler object; what differs is in
 * `socket.data`. Nothing thrown by a receiver leaves here: its connection is closed with the error.
 * With TLS a connection is made when the guard has admitted the peer, and not before.
 */
import { externalError, type WallarooError } from "../base/errors.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenerOptions,
  Network,
} from "../ports/network.ts";
import { end, HANDLERS, type SocketData, type TcpSocket } from "./tcp-connection.ts";
import { cannotConnect, cannotListen, checkPath, textOf } from "./tcp-errors.ts";
import { TlsGuard } from "./tls-guard.ts";
import { checkedTls } from "./tls-options.ts";

/** The network of this machine. */
export function tcpNetwork(): Network {
  return { listen, connect };
}

async function listen(
  address: Address,
  accept: (connection: Connection) => ConnectionHandler | undefined,
  { halfOpen = false, keepAliveMs, tls, refused = () => undefined }: ListenerOptions = {},
): Promise<Listener> {
  const isNameRequired = tls?.requireClient ?? false;
  const guard = tls && (await TlsGuard.make({ isNameRequired, refused }));
  const { path } = address;
  const base = { connection: undefined, open: accept, path, ...(guard && { guard }) };
  // Each socket gets an object of its own when it opens; this one is only where it starts.
  const open = (socket: TcpSocket): void => {
    socket.data = { ...base };
    if (keepAliveMs !== undefined) socket.setKeepAlive(true, keepAliveMs);
    if (guard === undefined) HANDLERS.open(socket);
    else guard.begin(socket, peerOf(socket, path));
  };
  const socket = halfOpen ? { ...HANDLERS, open, end } : { ...HANDLERS, open };
  const secure = tls && { tls: { ...checkedTls(tls), requestCert: isNameRequired } };
  const options = { allowHalfOpen: halfOpen, socket, ...secure };
  try {
    const { host: hostname, port } = address;
    if (path === undefined) {
      const server = Bun.listen<SocketData>({ hostname, port, ...options });
      return { address: { host: hostname, port: server.port }, close: () => stop(server, guard) };
    }
    const server = Bun.listen<SocketData>({ unix: checkPath(path), ...options });
    return { address, close: () => stop(server, guard) };
  } catch (error) {
    throw cannotListen(address, error);
  }
}

function stop(server: { stop(): void }, guard: TlsGuard | undefined): void {
  server.stop();
  guard?.close();
}

async function connect(
  address: Address,
  open: (connection: Connection) => ConnectionHandler,
  { tls }: ConnectOptions = {},
): Promise<Connection> {
  const { host: hostname, port, path } = address;
  if (tls !== undefined) return await connectSafely(address, open, tls);
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

/** The connection is there when the handshake is over, which is later than the socket is. */
async function connectSafely(
  address: Address,
  open: (connection: Connection) => ConnectionHandler,
  tls: NonNullable<ConnectOptions["tls"]>,
): Promise<Connection> {
  const { host: hostname, port, path } = address;
  const settled = Promise.withResolvers<Connection>();
  const guard = await TlsGuard.make({
    isNameRequired: true,
    refused: ({ code, text }) => settled.reject(notSafe(address, code, text)),
  });
  const unheard = notSafe(
    address,
    "not_accepted",
    "it closed the connection at once, and may not accept our certificate: its log tells why",
  );
  const opened = (connection: Connection): ConnectionHandler => {
    settled.resolve(connection);
    return open(connection);
  };
  const data: SocketData = { connection: undefined, open: opened, path, guard, unheard };
  const socket = {
    ...HANDLERS,
    open: (s: TcpSocket) => guard.begin(s, address),
    connectError: (_: TcpSocket, error: Error) => settled.reject(cannotConnect(address, error)),
  };
  const { serverName } = tls;
  const options = { data, socket, tls: { ...checkedTls(tls), serverName } };
  try {
    if (path === undefined) await Bun.connect<SocketData>({ hostname, port, ...options });
    else await Bun.connect<SocketData>({ unix: path, ...options });
  } catch (error) {
    settled.reject(cannotConnect(address, error));
  }
  return await settled.promise;
}

function notSafe(address: Address, code: string, text: string): WallarooError {
  return externalError(code, `${textOf(address)}: ${text}`);
}

function peerOf(socket: TcpSocket, path: string | undefined): Address {
  if (path !== undefined) return { host: "", port: 0, path };
  return { host: socket.remoteAddress, port: socket.remotePort };
}
