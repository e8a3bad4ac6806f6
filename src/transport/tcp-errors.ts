/** What is said when a socket cannot be had (pure). */
import { externalError, messageOf } from "../base/errors.ts";
import type { Address } from "../ports/network.ts";

const SOCKET_PATH_BYTES_MAX = 107;

export function cannotListen(address: Address, error: unknown): Error {
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

export function cannotConnect(address: Address, error: unknown): Error {
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
export function checkPath(path: string): string {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  throw new Error(`the path has over ${SOCKET_PATH_BYTES_MAX} bytes; take a shorter folder`);
}

export function textOf({ host, port, path }: Address): string {
  if (path !== undefined) return path;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
