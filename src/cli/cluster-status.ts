/** `wallaroo status`, `jobs`, `workers`, `sources`: what a cluster is doing. */
import { durationText } from "../base/duration.ts";
import type {
  ClusterJobStatus,
  ClusterSummary,
  JobSummary,
  WorkerSummary,
} from "../model/cluster-status.ts";
import type { SourceStatus } from "../model/status.ts";
import { CLIENT_OPTIONS, ClusterClient } from "./cluster-client.ts";
import { argument, command, flag, type Io, optionalArgument } from "./command.ts";
import { proofText, shortText, sinksText } from "./job-text.ts";
import { bytesText, numberText, tableText } from "./table.ts";
import { addressText, word } from "./values.ts";

const OPTIONS = { ...CLIENT_OPTIONS, json: flag("print JSON") };

export const status = command({
  name: "status",
  summary: "show a cluster, or one of its jobs",
  args: { job: optionalArgument("JOB", "the job's name", word) },
  options: OPTIONS,
  examples: [
    ["wallaroo status", "workers and jobs"],
    ["wallaroo status word-count", "one job: its sources and sinks"],
  ],
  async run({ args, options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    if (args.job !== undefined) {
      const path = `/v1/jobs/${encodeURIComponent(args.job)}/status`;
      const found = await client.get<ClusterJobStatus>(path);
      return await print(io, options.json, found, () => jobText(found, io));
    }
    const [cluster, { workers }, { jobs: all }] = await Promise.all([
      client.get<ClusterSummary>("/v1/cluster"),
      client.get<{ workers: readonly WorkerSummary[] }>("/v1/workers"),
      client.get<{ jobs: readonly JobSummary[] }>("/v1/jobs"),
    ]);
    const text = (): string =>
      `cluster ${cluster.cluster.slice(0, 8)}, engine ${cluster.engine}, leader epoch ` +
      `${cluster.leaderEpoch}, ${cluster.free} of ${cluster.workers} workers free\n\n` +
      `${workersText(workers, io)}\n${jobsText(all, io)}`;
    return await print(io, options.json, { ...cluster, workers, jobs: all }, text);
  },
});

export const jobs = command({
  name: "jobs",
  summary: "list the jobs of a cluster",
  args: {},
  options: OPTIONS,
  examples: [["wallaroo jobs", "with their states"]],
  async run({ options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    const found = await client.get<{ jobs: readonly JobSummary[] }>("/v1/jobs");
    return await print(io, options.json, found, () => jobsText(found.jobs, io));
  },
});

export const workers = command({
  name: "workers",
  summary: "list the workers of a cluster",
  args: {},
  options: OPTIONS,
  examples: [["wallaroo workers", "with what they run"]],
  async run({ options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    const found = await client.get<{ workers: readonly WorkerSummary[] }>("/v1/workers");
    return await print(io, options.json, found, () => workersText(found.workers, io));
  },
});

export const sources = command({
  name: "sources",
  summary: "show where producers of a job connect",
  args: { job: argument("JOB", "the job's name", word) },
  options: OPTIONS,
  examples: [["wallaroo sources word-count", "addresses and counts"]],
  async run({ args, options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    const path = `/v1/jobs/${encodeURIComponent(args.job)}/sources`;
    const found = await client.get<{ sources: readonly SourceStatus[] }>(path);
    return await print(io, options.json, found, () => sourcesText(found.sources, io));
  },
});

async function print(io: Io, json: boolean, value: object, text: () => string): Promise<number> {
  await io.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
  return 0;
}

function workersText(all: readonly WorkerSummary[], { stdout }: Io): string {
  if (all.length === 0) return "no workers: start one with `wallaroo worker`\n";
  const columns = ["worker", "job", "state", "up", "memory", "data port", "host"];
  const rows = all.map((worker) => [
    worker.name,
    worker.job ?? "",
    worker.isStuck ? "stuck" : worker.job === undefined ? "free" : "busy",
    durationText(worker.upMs),
    bytesText(worker.memoryBytes),
    addressText(worker.data),
    worker.host.replace(/\/.*$/, ""),
  ]);
  return tableText(
    columns.map((title) => ({ title })),
    rows,
    stdout,
  );
}

function jobsText(all: readonly JobSummary[], { stdout }: Io): string {
  if (all.length === 0) return "no jobs: begin one with `wallaroo deploy APP`\n";
  const columns = ["job", "app", "state", "generation", "restarts", "workers"];
  const rows = all.map((job) => [
    job.job,
    job.app,
    job.state === "starting" ? job.phase : job.state,
    job.generation,
    String(job.restarts),
    job.workers.join(" "),
  ]);
  const table = tableText(
    columns.map((title) => ({ title })),
    rows,
    stdout,
  );
  return table + all.map((job) => `${shortText(job)}${notesText(job)}`).join("");
}

/** What a person should know of a job: why it failed, or began anew. */
function notesText(summary: JobSummary): string {
  const { job, error, lastEnd, state, durability, checkpoint, damaged, late } = summary;
  const { damagedSavepoints, wentBack } = summary;
  if (error !== undefined) return `${job}: ${error}\n`;
  if (late !== undefined) return `${job}: ${late}; the logs say why\n`;
  if (damaged.length > 0) {
    const files = damaged.join(", ");
    return `${job}: its checkpoint has damaged files, which are written anew: ${files}\n`;
  }
  const [savepoint] = damagedSavepoints;
  if (savepoint !== undefined) {
    return `${job}: savepoint ${savepoint.name} is damaged: ${savepoint.why}\n`;
  }
  if (wentBack !== undefined) {
    const { from, to, why } = wentBack;
    return `${job}: went back to checkpoint ${to}, since ${from} is damaged: ${why}\n`;
  }
  if (lastEnd === undefined || state !== "running") return "";
  const from = checkpoint === undefined ? "from its start" : "from a checkpoint";
  return `${job}: began again ${from}, since ${lastEnd} (${durability})\n`;
}

function jobText({ cluster, sources: all, sinks }: ClusterJobStatus, io: Io): string {
  const proof = proofText(cluster, io.stdout);
  const about = `${jobsText([cluster], io)}${cluster.durability}\n${proof}`;
  return `${about}\n${sourcesText(all, io)}\n${sinksText(sinks, io.stdout)}`;
}

function sourcesText(all: readonly SourceStatus[], { stdout }: Io): string {
  const columns = [
    { title: "source" },
    { title: "address" },
    { title: "records", align: "right" as const },
    { title: "invalid", align: "right" as const },
  ];
  const rows = all.flatMap(({ name, addresses, about, records, invalid }) => {
    const places = addresses.length === 0 ? [about] : addresses.map(addressText);
    return places.map((place, i) =>
      i === 0 ? [name, place, numberText(records), numberText(invalid)] : ["", place, "", ""],
    );
  });
  return tableText(columns, rows, stdout);
}
