/** Logs of which whoever owns them drops old records while they are read. */
import { WallarooError } from "../base/errors.ts";

/** What a record looks like that was there a moment before. */
const DROPPED: ReadonlySet<string> = new Set(["not_found", "log_gap"]);

/** Reads such a log, anew where a record was dropped meanwhile. @throws what `read` throws then */
export async function readAnew<R>(tries: number, read: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const isDropped = error instanceof WallarooError && DROPPED.has(error.code);
      if (!isDropped || attempt === tries) throw error;
    }
  }
}
