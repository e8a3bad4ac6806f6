/** Finds what answers a request in a table of routes: one way for a job and for a cluster. */
import { WallarooError } from "../base/errors.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http-server.ts";
import { clip, problem, withHeaders } from "./answers.ts";
import { guard, type GuardSettings } from "./http-guard.ts";

/** By path, with `*` for the name of a job, and method. */
export type Routes<Answer> = Readonly<Record<string, Readonly<Record<string, Answer>>>>;

/** A request, and what stands in the place of `*` (empty when the path has none). */
export interface Routed {
  readonly request: HttpRequest;
  readonly name: string;
}

interface Served<Answer> {
  readonly routes: Routes<Answer>;
  readonly settings: GuardSettings;
  readonly call: (answer: Answer, routed: Routed) => HttpResponse | Promise<HttpResponse>;
  /** What an error of `call` that is meant for the one who asks becomes. */
  readonly refused: (error: WallarooError) => HttpResponse;
}

const NAMED = /^\/v1\/jobs\/([^/]+)(\/[a-z]+)?$/;

/** Who may not ask, a path and a method that are none, are answered here. */
export function served<Answer>({ routes, settings, call, refused }: Served<Answer>): HttpHandler {
  return async (request) => {
    const refusal = guard(request, settings);
    if (refusal !== undefined) return problem(refusal.status, refusal.error);
    const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path;
    const named = NAMED.exec(path);
    const route = named === null ? path : `/v1/jobs/*${named[2] ?? ""}`;
    const methods = Object.hasOwn(routes, route) ? routes[route] : undefined;
    if (methods === undefined) {
      const paths = Object.keys(routes).join(", ");
      return problem(404, `there is nothing at ${clip(path)}; there are: ${paths}`);
    }
    const method = request.method === "HEAD" ? "GET" : request.method;
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) {
      const allow = Object.keys(methods).join(", ");
      const error = `${clip(method)} is not for ${route}: use ${allow}`;
      return withHeaders(problem(405, error), { allow });
    }
    try {
      return await call(answer, { request, name: named?.[1] ?? "" });
    } catch (error) {
      if (!(error instanceof WallarooError)) throw error;
      return refused(error);
    }
  };
}
