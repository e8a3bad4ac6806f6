/** What a job tells by HTTP: functions of a request and the job (pure but for what they call). */
import { messageOf, type WallarooError } from "../base/errors.ts";
import type { LevelsShown } from "../model/log-levels.ts";
import type { JobStatus } from "../model/status.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http-server.ts";
import { LOG_LEVELS, type LogLevel } from "../ports/logger.ts";
import { bodyOf, json, problem, text } from "./answers.ts";
import type { GuardSettings } from "./http-guard.ts";
import { type Routes, served } from "./routes.ts";

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

/** Of the whole server, by path and method. */
const ROUTES: Routes<Answer> = {
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
  return served({
    routes: ROUTES,
    settings,
    call: (answer, { request }) => answer(observed, request),
    refused: (error) => problem(statusFor(error), messageOf(error)),
  });
}

function statusFor({ code }: WallarooError): number {
  if (code === "body_too_large") return 413;
  return code === "starting" ? 503 : 400;
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
