/** What a coordinator tells by HTTP, and lets be asked: functions of a request. */
import { messageOf, WallarooError } from "../base/errors.ts";
import type {
  CheckpointInfo,
  ClusterJobStatus,
  ClusterSummary,
  DamagedSavepoint,
  JobSummary,
  WorkerSummary,
} from "../model/cluster-status.ts";
import type { HttpHandler, HttpResponse } from "../ports/http-server.ts";
import { bodyOf, json, problem } from "./answers.ts";
import {
  type DeployRequest,
  deployRequest,
  type RestoreRequest,
  restoreRequest,
} from "./cluster-requests.ts";
import type { GuardSettings } from "./http-guard.ts";
import { type Routed, type Routes, served } from "./routes.ts";

/** The cluster that is looked at, and what may be asked of it. */
export interface ObservedCluster {
  summary(): ClusterSummary;
  jobs(): readonly JobSummary[];
  workers(): readonly WorkerSummary[];
  /** @throws {WallarooError} `no_job`, as all that take the name of a job */
  job(job: string): JobSummary;
  status(job: string): Promise<ClusterJobStatus>;
  deploy(request: DeployRequest): Promise<JobSummary>;
  stop(job: string, how: "drain" | "now"): Promise<void>;
  barrier(job: string): Promise<number>;
  checkpoints(job: string): Promise<readonly CheckpointInfo[]>;
  /** Savepoints that cannot be read. */
  unreadable(job: string): Promise<readonly DamagedSavepoint[]>;
  savepoint(job: string): Promise<CheckpointInfo>;
  /** @throws {WallarooError} `no_checkpoint`, `savepoint_in_use` */
  removeSavepoint(job: string, savepoint: string): Promise<{ readonly lineage: string }>;
  restore(job: string, request: RestoreRequest): Promise<JobSummary>;
}

interface Asked extends Routed {
  readonly cluster: ObservedCluster;
}

type Answer = (asked: Asked) => HttpResponse | Promise<HttpResponse>;

/** By path, with `*` for the name of a job, and method. */
const ROUTES: Routes<Answer> = {
  "/": { GET: () => json(200, { wallaroo: "v1", paths: Object.keys(ROUTES) }) },
  "/health": { GET: ({ cluster }) => json(200, { status: "ok", ...cluster.summary() }) },
  "/ready": { GET: ({ cluster }) => ready(cluster) },
  "/v1/cluster": { GET: ({ cluster }) => json(200, cluster.summary()) },
  "/v1/workers": { GET: ({ cluster }) => json(200, { workers: cluster.workers() }) },
  "/v1/jobs": { GET: ({ cluster }) => json(200, { jobs: cluster.jobs() }), POST: deploy },
  "/v1/jobs/*": { GET: ({ cluster, name }) => json(200, cluster.job(name)) },
  "/v1/jobs/*/status": { GET: async (asked) => json(200, await statusOf(asked)) },
  "/v1/jobs/*/sources": { GET: async (asked) => json(200, await sourcesOf(asked)) },
  "/v1/jobs/*/stop": { POST: stop },
  "/v1/jobs/*/barrier": { POST: barrier },
  "/v1/jobs/*/checkpoints": { GET: checkpoints },
  "/v1/jobs/*/savepoint": { POST: savepoint, DELETE: removeSavepoint },
  "/v1/jobs/*/restore": { POST: restore },
  // Of the one job that there is, as a process that runs one job answers them.
  "/v1/status": { GET: async (asked) => json(200, await statusOf(only(asked))) },
  "/v1/sources": { GET: async (asked) => json(200, await sourcesOf(only(asked))) },
};

/** Answers every request to a coordinator. */
export function clusterRoutes(cluster: ObservedCluster, settings: GuardSettings): HttpHandler {
  return served({
    routes: ROUTES,
    settings,
    call: (answer, { request, name }) => answer({ cluster, request, name }),
    refused: (error) => json(statusFor(error), { error: messageOf(error), code: error.code }),
  });
}

function statusFor({ code, domain }: WallarooError): number {
  switch (code) {
    case "body_too_large":
      return 413;
    case "no_job":
    case "no_checkpoint":
      return 404;
    case "would_repeat":
    case "state_differs":
    case "state_dropped":
    case "job_exists":
    case "no_place":
    case "no_epoch":
    case "savepoint_in_use":
      return 409;
    default:
      return domain === "user" ? 400 : 503;
  }
}

function ready(cluster: ObservedCluster): HttpResponse {
  const waiting = cluster.jobs().filter(({ state }) => state === "starting");
  const status = waiting.length === 0 ? "ready" : "not ready";
  return json(waiting.length === 0 ? 200 : 503, { status, waiting: waiting.map(({ job }) => job) });
}

function statusOf({ cluster, name }: Asked): Promise<ClusterJobStatus> {
  return cluster.status(name);
}

async function sourcesOf({ cluster, name }: Asked): Promise<object> {
  const { job, sources } = await cluster.status(name);
  return { job, sources };
}

/** The job that is meant where none is named. */
function only(asked: Asked): Asked {
  const named = asked.request.query.get("job");
  if (named !== null) return { ...asked, name: named };
  const jobs = asked.cluster.jobs();
  const open = jobs.filter(({ state }) => !["finished", "stopped", "failed"].includes(state));
  const found = open.length === 0 ? jobs.slice(-1) : open;
  if (found.length === 1) return { ...asked, name: found[0]!.job };
  const names = found.map(({ job }) => job).join(", ");
  const text = names === "" ? "there is no job" : `there are several jobs (${names}): name one`;
  throw new WallarooError("no_job", `${text}, as in ?job=NAME`, { domain: "user" });
}

async function deploy({ cluster, request }: Asked): Promise<HttpResponse> {
  const wanted = deployRequest(await bodyOf(request));
  return typeof wanted === "string"
    ? problem(400, wanted)
    : json(201, await cluster.deploy(wanted));
}

async function stop({ cluster, request, name }: Asked): Promise<HttpResponse> {
  const body = await bodyOf(request);
  const how = typeof body === "object" && body !== null && "how" in body ? body.how : "drain";
  if (how !== "drain" && how !== "now") {
    return problem(400, 'the body must be {"how": "drain"} or {"how": "now"}');
  }
  await cluster.stop(name, how);
  return json(202, cluster.job(name));
}

async function barrier({ cluster, name }: Asked): Promise<HttpResponse> {
  return json(200, { job: name, epoch: await cluster.barrier(name) });
}

async function checkpoints({ cluster, name }: Asked): Promise<HttpResponse> {
  const unreadable = await cluster.unreadable(name);
  return json(200, { job: name, checkpoints: await cluster.checkpoints(name), unreadable });
}

async function savepoint({ cluster, name }: Asked): Promise<HttpResponse> {
  return json(201, await cluster.savepoint(name));
}

async function removeSavepoint({ cluster, request, name }: Asked): Promise<HttpResponse> {
  const savepoint = request.query.get("name") ?? "";
  if (savepoint === "") return problem(400, "name the savepoint that is to go, as in ?name=sp-12");
  return json(200, { job: name, ...(await cluster.removeSavepoint(name, savepoint)), savepoint });
}

async function restore({ cluster, request, name }: Asked): Promise<HttpResponse> {
  const wanted = restoreRequest(await bodyOf(request));
  return typeof wanted === "string"
    ? problem(400, wanted)
    : json(201, await cluster.restore(name, wanted));
}
