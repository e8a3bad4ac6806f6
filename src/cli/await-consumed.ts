/** `send --wait`: asks a running job until it has consumed what was sent. */
import { externalError, messageOf } from "../base/errors.ts";
import type { JobStatus, SourceStatus } from "../model/status.ts";
import type { Clock } from "../ports/clock.ts";
import type { Address } from "../ports/network.ts";
import { OWN_HEADER } from "../ports/http-server.ts";
import { serverOf } from "./cluster-client.ts";
import { addressText } from "./values.ts";

const POLL_MS = 25;

export interface Consumption {
  /** What was connected to. */
  readonly target: Address;
  /** Our end of the connection, as the job sees it. */
  readonly local: Address;
  readonly bytes: number;
  readonly deadlineMs: number;
  /** The job's address, for messages. */
  readonly http: string;
  readonly clock: Clock;
  /** Asks for `/v1/status`; undefined when the answer did not come in time. */
  readonly ask: () => Promise<JobStatus | undefined>;
}

/**
 * Resolves when the source that was sent to has read every byte of our connection, and neither it
 * nor a sink holds anything back.
 * @throws {WallarooError} `not_consumed`, `job_failed`, `no_such_source`
 */
export async function awaitConsumed(what: Consumption): Promise<JobStatus> {
  const end = what.clock.monotonic() + what.deadlineMs;
  let last = "it did not answer";
  for (;;) {
    const status = await what.ask();
    if (status !== undefined) {
      const left = whatIsLeft(status, what);
      if (left === undefined) return status;
      last = left;
    }
    if (what.clock.monotonic() >= end) {
      throw externalError(
        "not_consumed",
        `the job at ${what.http} has not consumed all after ${what.deadlineMs / 1_000} s: ` +
          `${last}; --wait-for gives it longer`,
      );
    }
    await new Promise<void>((resolve) => void what.clock.after(POLL_MS, resolve));
  }
}

/** What the job still has to do; undefined when it is done. */
export function whatIsLeft(status: JobStatus, what: Consumption): string | undefined {
  const { job, state, error, sources, sinks } = status;
  if (state === "failed") {
    throw externalError("job_failed", `job ${job} failed: ${error ?? "it does not say why"}`);
  }
  if (state === "stopped") throw externalError("job_failed", `job ${job} was stopped`);
  const peer = addressText(what.local);
  const source = sources.find(({ producers }) => producers.some((one) => one.peer === peer));
  if (source === undefined) {
    checkListens(sources, what);
    return `none of its sources shows the producer ${peer} yet`;
  }
  const producer = source.producers.find((one) => one.peer === peer)!;
  if (producer.bytes < what.bytes) {
    return `source ${source.name} has read ${producer.bytes} of ${what.bytes} bytes`;
  }
  if (source.pending > 0) return `source ${source.name} holds ${source.pending} records`;
  const sink = sinks.find(({ pending }) => pending > 0);
  return (
    sink && `sink ${sink.name} holds ${sink.pending} records${sink.isBlocked ? ", blocked" : ""}`
  );
}

function checkListens(sources: readonly SourceStatus[], { target, http }: Consumption): void {
  const addresses = sources.flatMap((source) => source.addresses);
  if (addresses.some(({ port }) => port === target.port)) return;
  const listed = addresses.map(addressText).join(", ");
  throw externalError(
    "no_such_source",
    `the job at ${http} has no source at port ${target.port} ` +
      `(${listed === "" ? "none listens" : `it listens at ${listed}`}): is --http another job's?`,
  );
}

/**
 * Of a job in a cluster: asks for an epoch whose barrier is sent now, and waits until all workers
 * have committed it. So what was sent has gone through exchanges and sinks too.
 * @throws {WallarooError} `not_consumed`
 */
export async function awaitEpoch(
  http: string,
  job: string,
  token: string | undefined,
  deadlineMs: number,
): Promise<void> {
  let why: string;
  try {
    const response = await fetch(`${http}/v1/jobs/${encodeURIComponent(job)}/barrier`, {
      method: "POST",
      headers: bearer(token),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (response.ok) return;
    why = await response.text();
  } catch (error) {
    why = messageOf(error);
  }
  throw externalError("not_consumed", `job ${job} committed nothing more: ${why.trim()}`);
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Asks by HTTP. An answer that does not come within 2 s counts as none. */
export function askStatus(http: string, token?: string): () => Promise<JobStatus | undefined> {
  return async () => {
    let response: Response;
    try {
      response = await fetch(`${http}/v1/status`, {
        headers: bearer(token),
        signal: AbortSignal.timeout(2_000),
      });
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") return undefined;
      throw externalError(
        "no_job",
        `--wait asks ${http}, and nobody answers there: is \`wallaroo run\` or the coordinator ` +
          "up, and is --http its address?",
        error,
      );
    }
    if (!response.headers.has(OWN_HEADER)) {
      const server = serverOf(response.headers);
      const what = `status ${response.status}, ${server ?? `no header ${OWN_HEADER}`}`;
      const text = `--wait asks ${http}, and what answers there is no wallaroo of this version`;
      throw externalError("no_job", `${text} (${what}): check --http`);
    }
    if (!response.ok) {
      const why = `${response.status} ${response.statusText}`;
      throw externalError("no_job", `--wait asks ${http}/v1/status, the answer is ${why}`);
    }
    // Our own process on the other side: its answer is a JobStatus by contract.
    return (await response.json()) as JobStatus;
  };
}
