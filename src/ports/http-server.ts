import type { Address } from "./network.ts";

/** Every answer of ours has this header, whatever it says: so it is known from another server's. */
export const OWN_HEADER = "x-wallaroo";

export interface HttpRequest {
  /** In upper case. */
  readonly method: string;
  /** Begins with `/`, as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The whole body. @throws {WallarooError} `body_too_large` above `HTTP_BODY_BYTES_MAX` */
  body(): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers a request. What it throws becomes a plain 500. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export interface HttpListener {
  /** With the port that was really taken, when 0 was asked. */
  readonly address: Address;
  /** Stops listening; requests that are being answered have a moment to end. */
  close(): Promise<void>;
}

export interface HttpServer {
  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  listen(address: Address, handle: HttpHandler): Promise<HttpListener>;
}
