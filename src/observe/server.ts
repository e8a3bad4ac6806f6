/** What a job tells by HTTP: functions of a request and the job (pure but for what they call). */
import { messageOf, WallarooError } from "../base/errors.ts";
import type { LevelsShown } from "../model/log-levels.ts";
import type { JobStatus } from "../model/status.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http-server.ts";
import { LOG_LEVELS, type LogLevel } from "../ports/logger.ts";
import { bodyOf, clip, json, problem, text, withHeaders } from "./answers.ts";
import { guard, type GuardSettings } from "./http-guard.ts";

/** The job that is looked at, and what may be asked of it. */
export interface Observed {
  status(): JobStatus;
  setMetrics(on: boolean): void;
  logLevels(): LevelsShown;
  /** Of one step, or of all that have none of their own; undefined takes a step's own away. */
  setLogLevel(level: LogLevel | undefined, step: string | undefined): void;
  /** Input stops, what is inside drains, the process ends. Returns at once. */
  stop(): void;
  /** Its graph and plan as text. */
  explain(): string;
}

type Answer = (observed: Observed, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
type Methods = Readonly<Record<string, Answer>>;

/** Of the whole server, by path and method. */
const ROUTES: Readonly<Record<string, Methods>> = {
  "/": { GET: () => json(200, { wallaroo: "v1", paths: Object.keys(ROUTES) }) },
  "/health": { GET: (job) => health(job.status()) },
  "/ready": { GET: (job) => ready(job.status()) },
  "/v1/jobs": { GET: (job) => json(200, { jobs: [summary(job.status())] }) },
  "/v1/status": { GET: (job) => json(200, job.status()) },
  "/v1/sources": { GET: (job) => json(200, { sources: job.status().sources }) },
  "/v1/sinks": { GET: (job) => json(200, { sinks: job.status().sinks }) },
  "/v1/explain": { GET: (job) => text(200, job.explain()) },
  "/v1/metrics": { GET: (job) => json(200, { on: job.status().metrics }), PUT: putMetrics },
  "/v1/log-level": { GET: (job) => json(200, job.logLevels()), PUT: putLogLevel },
  "/v1/stop": { POST: postStop },
};

/** Answers every request of one job. */
export function jobRoutes(observed: Observed, settings: GuardSettings): HttpHandler {
  return async (request) => {
    const refusal = guard(request, settings);
    if (refusal !== undefined) return problem(refusal.status, refusal.error);
    const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path;
    const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    if (methods === undefined) {
      const paths = Object.keys(ROUTES).join(", ");
      return problem(404, `there is nothing at ${clip(path)}; there are: ${paths}`);
    }
    const method = request.method === "HEAD" ? "GET" : request.method;
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) {
      const allow = Object.keys(methods).join(", ");
      const error = `${clip(method)} is not for ${path}: use ${allow}`;
      return withHeaders(problem(405, error), { allow });
    }
    try {
      return await answer(observed, request);
    } catch (error) {
      if (!(error instanceof WallarooError)) throw error;
      const status = error.code === "body_too_large" ? 413 : error.code === "starting" ? 503 : 400;
      return problem(status, messageOf(error));
    }
  };
}

function health({ job, state, error }: JobStatus): HttpResponse {
  if (state === "failed") return json(503, { status: "failed", job, state, error });
  return json(200, { status: "ok", job, state });
}

function ready({ job, state }: JobStatus): HttpResponse {
  const isReady = state === "running";
  return json(isReady ? 200 : 503, { status: isReady ? "ready" : "not ready", job, state });
}

function summary({ job, app, worker, state, error, startedAt, upMs }: JobStatus): object {
  return { job, app, worker, state, error, startedAt, upMs };
}

async function putMetrics(observed: Observed, request: HttpRequest): Promise<HttpResponse> {
  const body = await bodyOf(request);
  if (typeof body !== "object" || body === null || !("on" in body)) return wrongMetrics();
  if (typeof body.on !== "boolean") return wrongMetrics();
  observed.setMetrics(body.on);
  return json(200, { on: body.on });
}

function wrongMetrics(): HttpResponse {
  return problem(400, 'the body must be {"on": true} or {"on": false}');
}

async function putLogLevel(observed: Observed, request: HttpRequest): Promise<HttpResponse> {
  const body = await bodyOf(request);
  if (typeof body !== "object" || body === null || !("level" in body)) return wrongLevel();
  const step = "step" in body ? body.step : undefined;
  if (step !== undefined && typeof step !== "string") return wrongLevel();
  const level = LOG_LEVELS.find((one) => one === body.level);
  const isReset = body.level === null && step !== undefined;
  if (level === undefined && !isReset) return wrongLevel();
  observed.setLogLevel(level, step);
  return json(200, observed.logLevels());
}

function wrongLevel(): HttpResponse {
  return problem(
    400,
    `the body must be {"level": L} or {"level": L, "step": "NAME"}, L one of ` +
      `${LOG_LEVELS.join(", ")}; {"level": null, "step": "NAME"} takes a step's own level away`,
  );
}

function postStop(observed: Observed): HttpResponse {
  observed.stop();
  return json(202, { job: observed.status().job, state: observed.status().state });
}
