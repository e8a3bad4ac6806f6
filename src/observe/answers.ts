/** Answers by HTTP, and what requests carry: the same for every server of ours. */
import type { HttpRequest, HttpResponse } from "../ports/http-server.ts";

export async function bodyOf(request: HttpRequest): Promise<unknown> {
  const bytes = await request.body();
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    // Not JSON is one more wrong body: the answer says what is wanted.
    return undefined;
  }
}

/** A page must not show, frame or keep what is told here. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export function json(status: number, value: unknown): HttpResponse {
  const headers = { ...HEADERS, "content-type": "application/json" };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

export function text(status: number, body: string): HttpResponse {
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return { status, headers, body };
}

export function problem(status: number, error: string): HttpResponse {
  const response = json(status, { error });
  return status === 401 ? withHeaders(response, { "www-authenticate": "Bearer" }) : response;
}

export function withHeaders(response: HttpResponse, more: Record<string, string>): HttpResponse {
  return { ...response, headers: { ...response.headers, ...more } };
}

export function clip(word: string): string {
  return word.length > 100 ? `${word.slice(0, 100)}...` : word;
}
