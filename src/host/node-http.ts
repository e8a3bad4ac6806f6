/** The HTTP side of a node: where it listens, who may ask. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { userError, WallarooError } from "../base/errors.ts";
import { type GuardSettings, isLoopback } from "../observe/http-guard.ts";
import { jobRoutes, type Observed } from "../observe/server.ts";
import type { HttpHandler, HttpListener } from "../ports/http-server.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, TlsOptions } from "../ports/network.ts";
import { bunHttpServer } from "../transport/http-server.ts";
import { unreadToken } from "./unread-token.ts";

/** Where it listens when nothing else was said; `run` goes on to the next that is free. */
export const HTTP_PORT = 7401;
const PORTS_TRIED = 100;
/** A shorter secret can be tried out. */
const TOKEN_CHARS_MIN = 16;

export interface HttpSettings {
  /** Undefined: loopback, the default port or the next free one. */
  readonly address: Address | undefined;
  readonly tokenFile: string | undefined;
  /** Requests need a certificate of its authority. */
  readonly tls?: TlsOptions | undefined;
  /** Allows an address that others can reach. */
  readonly isInsecure: boolean;
}

/** @throws {WallarooError} `port_in_use`, `cannot_listen`, `not_loopback`, `bad_token_file` */
export async function serveHttp(
  observed: Observed,
  settings: HttpSettings,
  log: Logger,
): Promise<HttpListener> {
  return await serveRoutes((guard) => jobRoutes(observed, guard), settings, log);
}

/** The same for other routes. */
export async function serveRoutes(
  routes: (guard: GuardSettings) => HttpHandler,
  settings: HttpSettings,
  log: Logger,
): Promise<HttpListener> {
  const { address } = settings;
  const host = address?.host ?? "127.0.0.1";
  if (!isLoopback(host) && !settings.isInsecure && settings.tls === undefined) {
    throw userError(
      "not_loopback",
      `HTTP at ${host} can be reached from other machines, unencrypted: bind 127.0.0.1 and use a ` +
        "tunnel, or say --insecure",
    );
  }
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const tokenHash =
    settings.tokenFile === undefined ? undefined : hash(readToken(settings.tokenFile));
  const handle = routes({ host, tokenHash, hash });
  const failed = (error: unknown): void => log.error("a request for status failed", { error });
  const server = bunHttpServer(failed, settings.tls);
  if (address !== undefined) return await server.listen(address, handle);
  for (let port = HTTP_PORT; ; port++) {
    try {
      return await server.listen({ host, port }, handle);
    } catch (error) {
      const isTaken = error instanceof WallarooError && error.code === "port_in_use";
      if (!isTaken || port === HTTP_PORT + PORTS_TRIED - 1) throw error;
    }
  }
}

/** The secret in a file. @throws {WallarooError} `bad_token_file` */
export function readToken(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw unreadToken(path, error);
  }
  if (token.length >= TOKEN_CHARS_MIN && !/\s/.test(token)) return token;
  throw userError(
    "bad_token_file",
    `--token-file ${path} must hold one word of at least ${TOKEN_CHARS_MIN} characters; it holds ` +
      `${token.length}. Make one: openssl rand -hex 32`,
  );
}
