/** What `run` says to people: at the start, each second, at the end (pure). */
import { durationText } from "../base/duration.ts";
import type { JobStatus, SinkStatus, SourceStatus } from "../model/status.ts";
import type { Address } from "../ports/network.ts";
import type { Out } from "./command.ts";
import { numberText, tableText } from "./table.ts";
import { addressText } from "./values.ts";

/** Of a terminal that does not say. */
const COLUMNS = 80;

export interface Started {
  readonly status: JobStatus;
  readonly file: string;
  readonly cacheFolder: string;
  readonly http: Address | undefined;
}

/** Lines of what runs, where it listens, what its sinks promise. */
export function startText({ status, file, cacheFolder, http }: Started): string {
  const { app, job } = status;
  const lines = [`app    ${app}${job === app ? "" : ` as job ${job}`} (${file})`];
  for (const source of status.sources) lines.push(`source ${source.name}: ${sourceText(source)}`);
  for (const { name, about, delivery } of status.sinks) {
    lines.push(`sink   ${name}: ${about} (${delivery})`);
  }
  lines.push(`http   ${http === undefined ? "off" : `http://${addressText(http)}`}`);
  lines.push(`cache  ${cacheFolder}`);
  return `${lines.join("\n")}\n`;
}

/** The port that was really taken is what producers need. */
function sourceText({ about, addresses, kind }: SourceStatus): string {
  if (addresses.length === 0) return about;
  const places = addresses.map(addressText).join(", ");
  return about.includes(places) ? about : `${kind} ${places} (${about})`;
}

/** `lines 12,345/s  counts 23,456/s  up 3.2 s`, from two looks at the job. */
export function liveText(before: JobStatus, now: JobStatus, columns: number): string {
  const seconds = Math.max(0.001, (now.upMs - before.upMs) / 1_000);
  const rate = (ends: readonly (SourceStatus | SinkStatus)[], old: typeof ends): string[] =>
    ends.map(({ name, records }) => {
      const since = records - (old.find((end) => end.name === name)?.records ?? 0);
      return `${name} ${numberText(since / seconds)}/s`;
    });
  const blocked = now.sinks.filter(({ isBlocked }) => isBlocked).map(({ name }) => name);
  const parts = [
    ...rate(now.sources, before.sources),
    "->",
    ...rate(now.sinks, before.sinks),
    ...(blocked.length === 0 ? [] : [`waiting for sink ${blocked.join(", ")}`]),
    `up ${durationText(now.upMs)}`,
  ];
  const line = parts.join("  ");
  // Some terminals do not know their width and say 0.
  const width = columns > 0 ? columns : COLUMNS;
  return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
}

/** A table of both ends, and why it ended. */
export function summaryText(
  status: JobStatus,
  reason: string,
  out: Out,
  restarts?: Restarts,
): string {
  const rows = [
    ...status.sources.map((source) => row("source", source, source.invalid)),
    ...status.sinks.map((sink) => row("sink", sink, undefined)),
  ];
  const columns = [
    { title: "" },
    { title: "name" },
    { title: "records", align: "right" as const },
    { title: "per s", align: "right" as const },
    { title: "invalid", align: "right" as const },
  ];
  const rate = (records: number): string =>
    numberText(records / Math.max(0.001, status.upMs / 1e3));
  const cells = rows.map(({ end, name, records, invalid }) => [
    end,
    name,
    numberText(records),
    rate(records),
    invalid === undefined ? "" : numberText(invalid),
  ]);
  const ended = `${status.state} after ${durationText(status.upMs)}: ${reason}`;
  return `${tableText(columns, cells, out)}${restartsText(restarts)}${ended}\n`;
}

/** How often all went back to a checkpoint in a run, and why the last time. */
export interface Restarts {
  readonly restarts: number;
  readonly lastEnd: string | undefined;
}

/** Workers count from their start on. */
function restartsText({ restarts, lastEnd }: Restarts = { restarts: 0, lastEnd: "" }): string {
  if (restarts === 0) return "";
  const times = restarts === 1 ? "once" : `${restarts} times`;
  const why = lastEnd === undefined ? "" : `, the last time as ${lastEnd}`;
  return `the job went back to its checkpoint ${times}${why}; the numbers are those since then\n`;
}

interface Row {
  readonly end: string;
  readonly name: string;
  readonly records: number;
  readonly invalid: number | undefined;
}

function row(end: string, of: SourceStatus | SinkStatus, invalid: number | undefined): Row {
  return { end, name: of.name, records: of.records, invalid };
}
