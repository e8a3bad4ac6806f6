/** Whether a producer may come in (pure). */
import { type Frame, type Hello, SOURCE_VERSION } from "./frames.ts";
import type { Refusal } from "./notes.ts";

/** Of what a producer sent, in an answer or a line. */
export const ECHO_MAX = 100;

/** Why not: for the log, and what it is answered where that differs. */
export interface Denial {
  readonly kind: Refusal;
  readonly text: string;
  readonly answer?: string;
}

/** The first frame of a producer, or why it is refused. */
export function admit(frame: Frame, cookie: string): Hello | Denial {
  if (frame.type !== "hello") {
    return { kind: "outOfState", text: `Bad protocol FSM state: ${frame.type} before hello` };
  }
  if (frame.version !== SOURCE_VERSION) {
    const version = frame.version.slice(0, ECHO_MAX);
    return { kind: "versions", text: `Unknown protocol version: ${version}` };
  }
  if (isSameText(frame.cookie, cookie)) return frame;
  // What it should be is not for strangers, and what it was not for the log.
  const answer = `Bad cookie: ${frame.cookie.slice(0, ECHO_MAX)}`;
  return { kind: "cookies", text: "Bad cookie", answer };
}

/** Takes as long wherever the texts differ. */
function isSameText(given: string, wanted: string): boolean {
  let different = given.length ^ wanted.length;
  for (let i = 0; i < given.length; i++) {
    different |= given.charCodeAt(i) ^ wanted.charCodeAt(i % wanted.length);
  }
  return different === 0;
}
