/** The end of the process belongs to us: what an app's code asks for would lose what is in hand. */
import { APP_EXITS, userError } from "../base/errors.ts";

const exit = process.exit.bind(process);

/** From now on `process.exit` throws, so that the job ends with the step and the record. */
export function refuseExit(): void {
  process.exit = (status) => {
    throw userError(
      APP_EXITS,
      `step code called process.exit(${status ?? ""}), which would lose what is in hand: ` +
        "throw an error to end the job",
    );
  };
}

/** Ends this process at once. */
export function exitProcess(status: number): never {
  return exit(status);
}
