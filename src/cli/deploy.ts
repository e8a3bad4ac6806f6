/** `wallaroo deploy` and `wallaroo stop`: jobs of a cluster. */
import { resolve } from "node:path";
import { durationText } from "../base/duration.ts";
import { externalError } from "../base/errors.ts";
import { systemClock } from "../host/system-clock.ts";
import type { ClusterSummary, JobSummary } from "../model/cluster-status.ts";
import { CLIENT_OPTIONS, ClusterClient } from "./cluster-client.ts";
import { argument, command, flag, list, option, usageError } from "./command.ts";
import { shortText } from "./job-text.ts";
import { importFrom } from "./savepoint-file.ts";
import { checkpointInterval, count, duration, setting, word } from "./values.ts";

const POLL_MS = 100;
export const WAIT_MS = 30_000;

export const deploy = command({
  name: "deploy",
  summary: "give a cluster a new job",
  about:
    "The coordinator finds the app by name in its --apps folder, or by its path on this machine, " +
    "bundles it and ships it to the workers. Returns when the job runs, or says why it does not.",
  args: {
    app: argument("APP", "a name in the coordinator's --apps, or a path", word, { hint: "file" }),
  },
  options: {
    name: option("NAME", "the job's name (the app's)", word),
    set: list("NAME=VALUE", "an option of the app", setting),
    workers: option("N", "how many workers it gets (all that are free)", count({ min: 1 })),
    checkpointInterval: option("TIME", "how often a checkpoint is taken (1s)", checkpointInterval),
    from: option("FILE", "begin from a savepoint that --export wrote", word, undefined, {
      hint: "file",
    }),
    dropState: list("STEP", "a state of the savepoint that may be left behind", word),
    wait: flag("do not wait until it runs", {}, true),
    waitFor: option("TIME", "how long to wait", duration, WAIT_MS),
    ...CLIENT_OPTIONS,
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo deploy word-count", "on all free workers"],
    ["wallaroo deploy ./app.ts --name counts --set in=127.0.0.1:7010", "by path"],
    ["wallaroo deploy word-count --from counts.zip", "with the state of another cluster"],
  ],
  async run({ args, options, io }) {
    const { name, set, workers, dropState: dropStates } = options;
    if (dropStates.length > 0 && options.from === undefined) {
      throw usageError("--drop-state is for --from: without it a job begins with empty state");
    }
    const client = await ClusterClient.open(options, io.cwd);
    const app = /[/\\]/.test(args.app) ? resolve(io.cwd, args.app) : args.app;
    const from =
      options.from === undefined ? undefined : await importFrom(client, options.from, io);
    const how = { workers, checkpointIntervalMs: options.checkpointInterval };
    const body = { app, name, set: Object.fromEntries(set), ...how, from, dropStates };
    let job = await client.post<JobSummary>("/v1/jobs", body);
    let late: string | undefined;
    if (options.wait) ({ job, late } = await settled(client, job, options.waitFor, "run"));
    const { free } = await client.get<ClusterSummary>("/v1/cluster");
    const text = `${placeText(job)}; ${free} workers free`;
    if (!options.json) await io.stderr.write(shortText(job));
    await io.stdout.write(`${options.json ? JSON.stringify({ ...job, free }) : text}\n`);
    checkSettled(job, late);
    return 0;
  },
});

/** `job counts running on w1, w2`, or what it waits for. */
export function placeText({ job, state, phase, workers }: JobSummary): string {
  const where = workers.length === 0 ? phase : `on ${workers.join(", ")}`;
  return where === state || where === "ended"
    ? `job ${job} ${state}`
    : `job ${job} ${state} ${where}`;
}

export const stop = command({
  name: "stop",
  summary: "end a job of a cluster",
  about:
    "By default its input ends, what is inside is processed and committed. Returns when the job " +
    "has ended.",
  args: { job: argument("JOB", "the job's name", word) },
  options: {
    drain: flag("input ends, all is committed (the default)"),
    now: flag("end at once: what is inside is lost"),
    wait: flag("do not wait until it has ended", {}, true),
    waitFor: option("TIME", "how long to wait", duration, 2 * WAIT_MS),
    ...CLIENT_OPTIONS,
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo stop word-count", "in good order"],
    ["wallaroo stop word-count --now", "at once"],
  ],
  async run({ args, options, io }) {
    if (options.drain && options.now) throw usageError("--drain and --now exclude each other");
    const client = await ClusterClient.open(options, io.cwd);
    const how = options.now ? "now" : "drain";
    const path = `/v1/jobs/${encodeURIComponent(args.job)}/stop`;
    let job = await client.post<JobSummary>(path, { how });
    let late: string | undefined;
    if (options.wait) ({ job, late } = await settled(client, job, options.waitFor, "end"));
    await io.stdout.write(
      options.json ? `${JSON.stringify(job)}\n` : `job ${job.job} ${job.state}\n`,
    );
    checkSettled(job, late);
    return 0;
  },
});

/** What is waited for, and the states that a job leaves then. */
const LEFT: Readonly<Record<"run" | "end", readonly JobSummary["state"][]>> = {
  run: ["starting"],
  end: ["starting", "running", "stopping"],
};

export interface Settled {
  readonly job: JobSummary;
  /** What is told when the time was over before. */
  readonly late: string | undefined;
}

/** Waits until a job runs, or has ended. One that waits for workers is as far as it is. */
export async function settled(
  client: Pick<ClusterClient, "get">,
  job: JobSummary,
  limitMs: number,
  until: keyof typeof LEFT,
): Promise<Settled> {
  const clock = systemClock();
  const end = clock.monotonic() + limitMs;
  let now = job;
  while (LEFT[until].includes(now.state)) {
    if (clock.monotonic() >= end) return { job: now, late: lateText(now, limitMs, until) };
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    now = await client.get<JobSummary>(`/v1/jobs/${encodeURIComponent(job.job)}`);
    if (now.state !== "starting") continue;
    const { workers } = await client.get<ClusterSummary>("/v1/cluster");
    if (workers === 0) break;
  }
  return { job: now, late: undefined };
}

/** @throws {WallarooError} `job_failed`; `not_in_time` with why it takes so long */
export function checkSettled(job: JobSummary, late: string | undefined): void {
  if (job.state === "failed") throw externalError("job_failed", `job ${job.job}: ${job.error}`);
  if (late !== undefined) throw externalError("not_in_time", late);
}

/** Why a job is not there yet, as far as it is known. */
function lateText(job: JobSummary, limitMs: number, until: keyof typeof LEFT): string {
  const { state, phase, late, lastEnd, durability } = job;
  const why = [
    phase === state ? [] : phase,
    phase === "fencing" ? `its store has not answered (${durability.split(": ")[0]})` : [],
    late ?? [],
    lastEnd === undefined ? [] : `the last attempt ended: ${lastEnd}`,
  ].flat();
  const known = why.length === 0 ? "" : ` (${why.join("; ")})`;
  return (
    `job ${job.job} did not ${until} within ${durationText(limitMs)}: it is still ` +
    `${state}${known}; it goes on: \`wallaroo status ${job.job}\` tells more, and --wait-for ` +
    "waits longer"
  );
}
