/** The real HTTP server: Bun's. Nothing of its own error pages reaches a client. */
import { externalError } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";
import { HTTP_BODY_BYTES_MAX } from "../model/limits.ts";
import {
  type HttpHandler,
  type HttpListener,
  type HttpRequest,
  type HttpServer,
  OWN_HEADER,
} from "../ports/http-server.ts";
import type { Address, TlsOptions } from "../ports/network.ts";
import { listenWhy } from "./tcp-errors.ts";
import { checkedTls } from "./tls-options.ts";

/** A client that sends or reads nothing for this long is let go. */
const IDLE_SECONDS = 30;
/** How long answers in flight may take when we stop. */
const CLOSE_MS = 500;
const OWN = { [OWN_HEADER]: "v1" };

/** The server of this machine; `onError` is told what a handler threw. With TLS only those are
 *  answered who have a certificate of its authority. */
export function bunHttpServer(onError: (error: unknown) => void, tls?: TlsOptions): HttpServer {
  return {
    listen: (address, handle) => Promise.resolve().then(() => open(address, handle, onError, tls)),
  };
}

function open(
  address: Address,
  handle: HttpHandler,
  onError: (error: unknown) => void,
  tls: TlsOptions | undefined,
): HttpListener {
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: address.host,
      port: address.port,
      ...(tls && { tls: { ...checkedTls(tls), requestCert: true } }),
      development: false,
      // Without it, `development: false` lets two processes share one port without a word.
      reusePort: false,
      idleTimeout: IDLE_SECONDS,
      // A body above our own limit is refused by us, with our own words.
      maxRequestBodySize: HTTP_BODY_BYTES_MAX * 4,
      fetch: async (request) => {
        const { status, headers, body } = await handle(new BunRequest(request));
        const isHead = request.method === "HEAD";
        return new Response(isHead ? null : body, { status, headers: { ...headers, ...OWN } });
      },
      error: (error) => {
        onError(error);
        return new Response('{"error":"internal error; the log tells more"}\n', {
          status: 500,
          headers: { "content-type": "application/json", "cache-control": "no-store", ...OWN },
        });
      },
    });
  } catch (error) {
    throw listenError(address, error);
  }
  return {
    address: { host: address.host, port: server.port ?? address.port },
    async close() {
      const graceful = server.stop(false);
      await Promise.race([graceful, Bun.sleep(CLOSE_MS)]);
      await server.stop(true);
    },
  };
}

function listenError({ host, port }: Address, error: unknown): Error {
  if (systemCode(error) === "EADDRINUSE") {
    const text = `HTTP port ${host}:${port} is taken: stop what listens there, or choose another`;
    return externalError("port_in_use", text, error);
  }
  const text = `cannot serve HTTP at ${host}:${port}: ${listenWhy(error)}`;
  return externalError("cannot_listen", text, error);
}

class BunRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #request: Request;

  constructor(request: Request) {
    const url = new URL(request.url);
    this.#request = request;
    this.method = request.method.toUpperCase();
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async body(): Promise<Uint8Array> {
    const bytes = await this.#request.bytes();
    if (bytes.length <= HTTP_BODY_BYTES_MAX) return bytes;
    const text = `a body of ${bytes.length} bytes, limit ${HTTP_BODY_BYTES_MAX}`;
    throw externalError("body_too_large", text);
  }
}
