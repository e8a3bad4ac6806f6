export interface HttpCall {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** From the first byte to the last one of the answer. */
  readonly withinMs: number;
  /** Of the body of the answer: a longer one is an error. */
  readonly bytesMax: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Undefined when it is absent; names in lower case. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/**
 * Requests to the services of others. Redirects are answers, and are not followed.
 *
 * @throws {WallarooError} `http_failed` (retryable) when no whole answer came in time: whether the
 * request was acted upon is unknown. `answer_too_large`
 */
export interface HttpClient {
  send(call: HttpCall): Promise<HttpAnswer>;
}
