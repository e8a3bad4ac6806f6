/** `wallaroo checkpoints`, `savepoint`, `restore`: what a job of a cluster can be begun from. */
import { durationText } from "../base/duration.ts";
import { asWallarooError, externalError, messageOf, userError } from "../base/errors.ts";
import type { CheckpointInfo, DamagedSavepoint, JobSummary } from "../model/cluster-status.ts";
import { systemClock } from "../host/system-clock.ts";
import { CLIENT_OPTIONS, ClusterClient } from "./cluster-client.ts";
import { argument, command, flag, type Io, option } from "./command.ts";
import { checkSettled, placeText, settled, WAIT_MS } from "./deploy.ts";
import { importFrom, isSavepointFile, keptText, openExport } from "./savepoint-file.ts";
import { bytesText, tableText } from "./table.ts";
import { duration, word } from "./values.ts";

const JOB = argument("JOB", "the job's name", word);
const OPTIONS = { ...CLIENT_OPTIONS, json: flag("print JSON") };

export const checkpoints = command({
  name: "checkpoints",
  summary: "list what a job can be begun from",
  about:
    "The newest checkpoints of a job, one each second while something changes, and its " +
    "savepoints. (left): the job was restored from an older one since; it can be begun from.",
  args: { job: JOB },
  options: OPTIONS,
  examples: [["wallaroo checkpoints word-count", "when each was taken, and how large it is"]],
  async run({ args, options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    const path = `/v1/jobs/${encodeURIComponent(args.job)}/checkpoints`;
    const found = await client.get<Found>(path);
    const text = options.json ? `${JSON.stringify(found)}\n` : textOf(found, io);
    await io.stdout.write(text);
    return 0;
  },
});

export const savepoint = command({
  name: "savepoint",
  summary: "keep a checkpoint of a job until it is removed",
  about:
    "Takes a checkpoint now, where the job runs, else keeps the newest one. With --export it is " +
    "also written as one file, which any cluster can begin from; this command reads the store " +
    "itself for it, so that it needs what workers need. With --remove none is taken: one that " +
    "was kept goes, and its files while the job runs, when they are ten minutes old.",
  args: { job: JOB },
  options: {
    remove: option("NAME", "remove this one: sp-12, or damaged-12", word),
    export: option("FILE", "also write it here, as a ZIP", word, undefined, { hint: "file" }),
    ...OPTIONS,
  },
  examples: [
    ["wallaroo savepoint word-count", "prints its name, for restore"],
    ["wallaroo savepoint word-count --export counts.zip", "for another cluster"],
    ["wallaroo savepoint word-count --remove sp-12", "as `wallaroo checkpoints` names it"],
  ],
  async run({ args, options, io }) {
    const { remove } = options;
    if (remove !== undefined && options.export !== undefined) {
      throw userError("bad_option", "--remove and --export are two things: do one after the other");
    }
    const client = await ClusterClient.open(options, io.cwd);
    const path = `/v1/jobs/${encodeURIComponent(args.job)}/savepoint`;
    if (remove !== undefined) {
      const gone = await client.remove<object>(`${path}?name=${encodeURIComponent(remove)}`);
      const text = `savepoint ${remove} of ${args.job} is removed`;
      await io.stdout.write(`${options.json ? JSON.stringify(gone) : text}\n`);
      return 0;
    }
    const file = options.export;
    const target = file === undefined ? undefined : await openExport(client, file, io);
    const kept = await client.post<CheckpointInfo>(path, {});
    const text = `savepoint ${kept.savepoint} of ${args.job}: ${sizeText(kept)}`;
    if (target === undefined) {
      await io.stdout.write(`${options.json ? JSON.stringify(kept) : text}\n`);
      return 0;
    }
    const place = { lineage: kept.lineage, savepoint: kept.savepoint! };
    const exported = await target.write(place).catch((error: unknown) => {
      const { code } = asWallarooError(error);
      throw externalError(code, `${messageOf(error)}; ${keptText(args.job, place.savepoint)}`);
    });
    const json = { ...kept, exported };
    const more = `; written to ${file}, ${bytesText(exported.bytes)}`;
    await io.stdout.write(`${options.json ? JSON.stringify(json) : text + more}\n`);
    return 0;
  },
});

export const restore = command({
  name: "restore",
  summary: "begin an ended job again from one of its checkpoints",
  about:
    "The job has stopped or failed. It begins with the same app, with state and places of " +
    "sources as they were. One that fails before its first checkpoint changes nothing: the job " +
    "stands where it stood before.",
  args: { job: JOB },
  options: {
    from: option(
      "CHECKPOINT",
      "its number, a savepoint's name, or a file that --export wrote (the newest)",
      word,
    ),
    acceptDuplicates: flag("also from an older one: what sinks showed since is shown again"),
    wait: flag("do not wait until it runs", {}, true),
    waitFor: option("TIME", "how long to wait", duration, WAIT_MS),
    ...OPTIONS,
  },
  examples: [
    ["wallaroo restore word-count", "from the newest checkpoint"],
    ["wallaroo restore word-count --from sp-12 --accept-duplicates", "from a savepoint"],
    ["wallaroo restore word-count --from counts.zip --accept-duplicates", "from a file"],
  ],
  async run({ args, options, io }) {
    const client = await ClusterClient.open(options, io.cwd);
    const path = `/v1/jobs/${encodeURIComponent(args.job)}/restore`;
    const { from, acceptDuplicates } = options;
    const place =
      from !== undefined && isSavepointFile(from) ? await importFrom(client, from, io) : undefined;
    let job = await client.post<JobSummary>(path, {
      from: place?.savepoint ?? from,
      lineage: place?.lineage,
      acceptDuplicates,
    });
    let late: string | undefined;
    if (options.wait) ({ job, late } = await settled(client, job, options.waitFor, "run"));
    await io.stdout.write(`${options.json ? JSON.stringify(job) : placeText(job)}\n`);
    checkSettled(job, late);
    return 0;
  },
});

interface Found {
  readonly checkpoints: readonly CheckpointInfo[];
  readonly unreadable: readonly DamagedSavepoint[];
}

function textOf({ checkpoints: all, unreadable }: Found, { stdout }: Io): string {
  if (all.length + unreadable.length === 0) return "no checkpoints yet\n";
  const now = systemClock().now();
  const columns = ["checkpoint", "age", "took", "files", "size", "kept as"];
  const rows = all.map((one) => [
    `${one.epoch}${one.isFinal ? " (the last)" : ""}${one.isLeft ? " (left)" : ""}`,
    durationText(Math.max(0, Math.round(now - one.at))),
    durationText(Math.round(one.tookMs)),
    String(one.files),
    bytesText(one.bytes),
    [one.savepoint ?? [], one.damaged ?? []].flat().join(", damaged: "),
  ]);
  const wrong = unreadable.map(({ name, why }) => ["", "", "", "", "", `${name}, damaged: ${why}`]);
  return tableText(
    columns.map((title) => ({ title })),
    [...rows, ...wrong],
    stdout,
  );
}

function sizeText({ epoch, files, bytes }: CheckpointInfo): string {
  return `checkpoint ${epoch}, ${files} files, ${bytesText(bytes)}`;
}
