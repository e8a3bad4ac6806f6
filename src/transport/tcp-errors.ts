/** What is said when a socket cannot be had (pure). */
import { externalError, messageOf } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";
import type { Address } from "../ports/network.ts";

const SOCKET_PATH_BYTES_MAX = 107;

export function cannotListen(address: Address, error: unknown): Error {
  const at = textOf(address);
  if (systemCode(error) === "EADDRINUSE") {
    return externalError(
      "port_in_use",
      `cannot listen at ${at}: the port is in use; stop the program that holds it, ` +
        "or take another port (0 takes a free one)",
      error,
    );
  }
  return externalError("cannot_listen", `cannot listen at ${at}: ${listenWhy(error)}`, error);
}

/** Why a socket cannot be had at an address, when its port is free. */
export function listenWhy(error: unknown): string {
  const [code, message] = [systemCode(error), messageOf(error)];
  if (code === "EADDRNOTAVAIL") return "this machine has no such address";
  if (code === "EACCES") return "ports below 1024 need privileges";
  // Of a name that is not found the runtime tells these two.
  if (code === "EAGAIN" || (code === "" && message.startsWith("Failed to listen at"))) {
    return "no such host: give an address of this machine";
  }
  return message;
}

export function cannotConnect(address: Address, error: unknown): Error {
  const text = `cannot connect to ${textOf(address)}: ${connectWhy(error)}`;
  return externalError("cannot_connect", text, error);
}

/** Why nobody answers, in our words where the runtime has advice for programmers. */
export function connectWhy(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  switch (systemCode(error)) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOTFOUND":
      return "no such host";
    case "ECONNRESET":
      return "the connection was closed before an answer came (ECONNRESET)";
    case "EPROTO":
      return "no TLS is spoken there (EPROTO)";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "the certificate there is for another address (ERR_TLS_CERT_ALTNAME_INVALID)";
    default:
      return messageOf(error);
  }
}

/** The system would cut a longer one, and listen somewhere else. */
export function checkPath(path: string): string {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  throw new Error(`the path has over ${SOCKET_PATH_BYTES_MAX} bytes; take a shorter folder`);
}

export function textOf({ host, port, path }: Address): string {
  if (path !== undefined) return path;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
