/**
 * After a record failed: what came of the records before it leaves, where a sink needs no commit.
 * Nothing is committed after a failure, so what waits for a commit is taken back, not written.
 */
import { WallarooError } from "../base/errors.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobView } from "./job-status.ts";

/** How long sinks may take: the job has failed, and a receiver may be slow or away. */
const HAND_OVER_MS = 1_000;
/** How often a sink is asked whether the epoch that it was preparing is prepared. */
const LOOK_MS = 5;

type Failed = Pick<JobView, "error" | "epoch" | "settings" | "sinks" | "tasks">;

/** Does nothing unless a record was the reason. Never throws. */
export async function handOver(job: Failed): Promise<void> {
  if (!isOfRecord(job.error)) return;
  const { clock } = job.settings.ports;
  const sinks = job.tasks.flatMap((task) => withoutCommit(task.sinks, job.sinks));
  const until = clock.monotonic() + HAND_OVER_MS;
  const isLate = (): boolean => clock.monotonic() >= until;
  const writing = Promise.allSettled(
    sinks.map(async (sink) => {
      while (sink.isPreparing === true && !isLate()) await nap(clock);
      if (!isLate()) await sink.prepare(job.epoch + 1);
    }),
  );
  await new Promise<void>((resolve) => {
    const late = clock.after(HAND_OVER_MS, resolve);
    void writing.then(() => {
      late.cancel();
      resolve();
    });
  });
}

/** A user's function or input that is no record: no sink is to blame. */
function isOfRecord(error: Error | undefined): boolean {
  if (!(error instanceof WallarooError)) return false;
  return error.domain === "user" || error.code === "invalid_record";
}

function withoutCommit(ends: ReadonlyMap<number, SinkEnd>, sinks: Failed["sinks"]): SinkEnd[] {
  return [...ends].flatMap(([step, end]) => {
    // One that opens its targets later has no connections here: they may need a commit.
    const { connections = [] } = sinks.find((sink) => sink.step === step) ?? {};
    const isPlain = connections.length > 0 && connections.every((one) => !one.committer);
    return isPlain ? [end] : [];
  });
}

function nap(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(LOOK_MS, resolve));
}
