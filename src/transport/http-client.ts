/** The real HttpClient, over the fetch of the runtime. */
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";
import type { HttpAnswer, HttpCall, HttpClient } from "../ports/http-client.ts";

export function fetchClient(): HttpClient {
  return { send };
}

async function send(call: HttpCall): Promise<HttpAnswer> {
  const { method, headers, withinMs, bytesMax } = call;
  const { host } = new URL(call.url);
  try {
    const response = await fetch(call.url, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(withinMs),
      // A view of shared memory is no body; ours never is one.
      ...(call.body === undefined ? {} : { body: call.body as Uint8Array<ArrayBuffer> }),
    });
    const body = await bodyOf(response, host, bytesMax);
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body,
    };
  } catch (error) {
    if (error instanceof WallarooError) throw error;
    // The text of the runtime may hold the whole URL: the host is enough.
    const why =
      error instanceof Error && error.name === "TimeoutError" ? "too slow" : kindOf(error);
    throw externalError("http_failed", `${host} gave no answer within ${withinMs} ms: ${why}`);
  }
}

async function bodyOf(response: Response, host: string, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > bytesMax) {
      throw externalError("answer_too_large", `${host} answers more than ${bytesMax} bytes`);
    }
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size);
}

function kindOf(error: unknown): string {
  return systemCode(error) || messageOf(error).split(/\bhttps?:/)[0]!;
}
