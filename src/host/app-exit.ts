/** The end of the process belongs to us: what an app's code asks for would lose what is in hand. */
import { APP_EXITS, userError, type WallarooError } from "../base/errors.ts";
import { placeOf } from "../operators/failure.ts";
import { systemClock } from "./system-clock.ts";

const exit = process.exit.bind(process);
/** Jobs that run in this process. */
const listeners = new Set<(error: WallarooError) => void>();

/** From now on `process.exit` throws, so that the job ends with the step and the record. */
export function refuseExit(): void {
  process.exit = (status) => {
    const call = `step code called process.exit(${status ?? ""})`;
    const lost = "which would lose what is in hand";
    const asked = userError(APP_EXITS, `${call}, ${lost}: throw an error to end the job`);
    // Where it is caught nobody else hears of it; a job that has failed by it takes no other error.
    systemClock().soon(() => {
      const place = placeOf(asked);
      const where = place === undefined ? "" : ` (${place})`;
      const text = `${call}, ${lost}, and went on: throw an error to end the job${where}`;
      const caught = userError("user_function", text, asked);
      for (const tell of listeners) tell(caught);
    });
    throw asked;
  };
}

/** Tells when code of an app has asked for the end of the process: at the end of that turn, when
 *  what it threw had its chance to be told with its step. Returns what ends the telling. */
export function onExitAsked(tell: (error: WallarooError) => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}

/** Ends this process at once. */
export function exitProcess(status: number): never {
  return exit(status);
}
