/**
 * Who may ask (pure). A web page that a user of this machine looks at can send requests to loopback
 * too, under a name of its own (DNS rebinding) or across origins: both are refused.
 */
import type { HttpRequest } from "../ports/http-server.ts";

export interface GuardSettings {
  /** The host that was bound: requests may name it besides loopback. */
  readonly host: string;
  /** SHA-256 of the token that requests must bear; undefined when none is needed. */
  readonly tokenHash?: string | undefined;
  /** SHA-256 of a text, in hexadecimal: comparing hashes tells nothing by its time. */
  readonly hash: (text: string) => string;
}

export interface Refusal {
  readonly status: number;
  readonly error: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);
const ANY = new Set(["0.0.0.0", "::", "[::]"]);
const IP = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** Why a request is refused; undefined when it may pass. */
export function guard(request: HttpRequest, settings: GuardSettings): Refusal | undefined {
  const host = request.header("host");
  if (host === undefined || !isOurs(hostName(host), settings.host)) {
    const error = `the Host header ${JSON.stringify(host ?? "")} does not name this server`;
    return { status: 403, error: `${error}: use its address, or localhost` };
  }
  const origin = request.header("origin");
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return { status: 403, error: `requests from pages of ${JSON.stringify(origin)} are refused` };
  }
  const site = request.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return { status: 403, error: "requests from pages of other sites are refused" };
  }
  return checkToken(request, settings);
}

function checkToken(request: HttpRequest, settings: GuardSettings): Refusal | undefined {
  if (settings.tokenHash === undefined) return undefined;
  const bearer = /^bearer +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
  if (bearer !== undefined && settings.hash(bearer) === settings.tokenHash) return undefined;
  const what = bearer === undefined ? "a token is needed" : "the token is wrong";
  return { status: 401, error: `${what}: send Authorization: Bearer TOKEN` };
}

/** Whether what was bound can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function isOurs(name: string, bound: string): boolean {
  if (isLoopback(name) || name === bound || name === `[${bound}]`) return true;
  // Bound to all interfaces, any of the machine's addresses is right; a name could be anybody's.
  return ANY.has(bound) && IP.test(name);
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}
