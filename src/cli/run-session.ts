/** What is told of a job from its start to its end: to people or programs, and as exit status. */
import { durationText } from "../base/duration.ts";
import type { LoadedApp } from "../host/load-app.ts";
import type { RunningJob } from "../host/node.ts";
import type { ClusterJobStatus } from "../model/cluster-status.ts";
import type { JobStatus } from "../model/status.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Io, Out } from "./command.ts";
import type { LiveLine } from "./live-line.ts";
import type { RunEnding } from "./run-ending.ts";
import { liveText, type Restarts, startText, summaryText } from "./run-text.ts";
import { styled } from "./table.ts";

const LIVE_MS = 1_000;

export interface SessionParts {
  readonly io: Io;
  readonly clock: Clock;
  readonly node: RunningJob;
  readonly loaded: Pick<LoadedApp, "file" | "cacheFolder">;
  readonly live: LiveLine;
  readonly ending: RunEnding;
  /** `--for`, in ms. */
  readonly forMs: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Tells, waits for the end, tells. Returns the exit status. */
export async function runSession(parts: SessionParts): Promise<number> {
  const { io, node, ending, clock, forMs } = parts;
  ending.watch(node);
  const out = outFor(io, node);
  const isTaken = out === io.stderr;
  const timers: Timer[] = [];
  if (forMs !== undefined) {
    const over = (): void => ending.begin(`--for ${durationText(forMs)} is over`);
    timers.push(clock.after(forMs, over));
  }
  // A line that moves would disturb what the app itself writes on the same terminal.
  const isDisturbing = isTaken && io.stdout.isTerminal;
  const isLive = io.stderr.hasColor && !isDisturbing && !parts.json && !parts.quiet;
  const stopMeter = isLive ? startMeter(parts) : undefined;
  await tellStart(parts, out);
  const { restarts } = restartsOf(node.status());
  const status = await node.done;
  for (const timer of timers) timer.cancel();
  stopMeter?.();
  return await tellEnd(parts, out, { status, restartsBefore: restarts });
}

/** Where what is for people goes: not where the app itself writes. */
export function outFor(io: Io, node: Pick<RunningJob, "status">): Out {
  const isTaken = node.status().sinks.some(({ kind }) => kind === "stdout");
  return isTaken ? io.stderr : io.stdout;
}

async function tellStart({ node, loaded, json, quiet }: SessionParts, out: Out): Promise<void> {
  const { file, cacheFolder } = loaded;
  const started = { status: node.status(), file, cacheFolder, http: node.http };
  if (json) await say(out, `${JSON.stringify({ type: "started", ...started })}\n`);
  else if (!quiet) await say(out, startText(started));
}

/** A job does not end because nobody reads of it, or their disk is full: HTTP and the exit status
 *  tell it as well. */
async function say(out: Out, text: string): Promise<void> {
  await Promise.allSettled([(async () => await out.write(text))()]);
}

function startMeter({ node, live, io, clock }: SessionParts): () => void {
  let before = node.status();
  let timer: Timer;
  const look = (): void => {
    const now = node.status();
    live.show(liveText(before, now, io.stderr.columns));
    before = now;
    timer = clock.after(LIVE_MS, look);
  };
  timer = clock.after(LIVE_MS, look);
  return () => timer.cancel();
}

interface Ended {
  readonly status: JobStatus | ClusterJobStatus;
  /** What is not of this run. */
  readonly restartsBefore: number;
}

/** Where nothing goes back to a checkpoint, never. */
function restartsOf(status: Ended["status"]): Restarts {
  return "cluster" in status ? status.cluster : { restarts: 0, lastEnd: undefined };
}

async function tellEnd(parts: SessionParts, out: Out, ended: Ended): Promise<number> {
  const { status, restartsBefore } = ended;
  const { io, live, ending, json, quiet } = parts;
  const clear = live.clear;
  if (clear !== "") await say(io.stderr, clear);
  const isFailed = status.state === "failed" || ending.isUncaught;
  const reason = ending.reasonOf(status);
  if (json) await say(out, `${JSON.stringify({ type: "ended", reason, status })}\n`);
  else if (!quiet) {
    const { restarts, lastEnd } = restartsOf(status);
    const own = { restarts: restarts - restartsBefore, lastEnd };
    await say(out, summaryText(status, isFailed ? "see the error" : reason, out, own));
  }
  if (!isFailed) return 0;
  await say(io.stderr, `${styled(io.stderr, "red", "error:")} ${reason}\n`);
  return 1;
}
