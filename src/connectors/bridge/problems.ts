/** What a sink says when its receiver fails it: what happened, what is kept, what follows. */
import { externalError, type WallarooError } from "../../base/errors.ts";
import { durationText } from "../../base/duration.ts";

/** It did not answer a decision or a question. */
export function awayError(receiver: string, why: string | undefined): WallarooError {
  const text = `receiver ${receiver} did not answer in time`;
  const more = "what is prepared stays so, and is decided when it is there";
  return externalError("sink_away", `${text}${because(why)}; ${more}`);
}

export function slowError(
  receiver: string,
  transaction: string,
  patienceMs: number,
  why: string | undefined,
): WallarooError {
  const text = `did not vote on ${transaction} in ${durationText(patienceMs)}`;
  const more = "nothing of it is committed";
  return externalError("sink_slow", `receiver ${receiver} ${text}${because(why)}; ${more}`);
}

/** `stands`: where the receiver said that it stands, when the transaction begins elsewhere. */
export function refusedError(
  receiver: string,
  transaction: string,
  stands: number | undefined,
): WallarooError {
  const text = `receiver ${receiver} voted no on ${transaction}: nothing of it is committed`;
  const more =
    stands === undefined
      ? ""
      : `; when we connected it said that it stands at ${stands}: has it lost what was committed?`;
  return externalError("sink_refused", `${text}${more}`);
}

/** It had prepared it, and does not know of it any more. */
export function forgottenError(receiver: string, transaction: string): WallarooError {
  const text = `receiver ${receiver} has lost ${transaction}, which it had prepared`;
  const more = "it cannot be sent again, and is not committed: look after the receiver's storage";
  return externalError("sink_forgot", `${text}; ${more}`);
}

/** It was told to commit, and does not list it any more. */
export const UNSURE =
  "whether a receiver committed its first transaction cannot be told: it lists none, and says " +
  "that it stands at 0, as those do that do not know; look whether its output has a beginning";

/** Its connection broke when more was sent than is kept. */
export function lostError(receiver: string, bytes: number): WallarooError {
  const text = `the connection to receiver ${receiver} broke`;
  const more = `${bytes} bytes without a commit are more than is kept to be sent again`;
  return externalError(
    "sink_lost",
    `${text}, and ${more}: the job has to begin again at its last checkpoint`,
  );
}

export function fencedError(stream: string): WallarooError {
  return externalError("sink_fenced", `a newer writer of ${stream} has begun: this one is over`);
}

export function closedError(stream: string): WallarooError {
  return externalError("sink_closed", `the writer of ${stream} is closed`);
}

function because(why: string | undefined): string {
  return why === undefined ? "" : ` (${why})`;
}
