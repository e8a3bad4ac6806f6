/** What stores on other machines need of this one. */
import type { RemotePorts } from "./remote-store.ts";
import { fetchClient } from "../transport/http-client.ts";
import { postgres } from "../transport/postgres.ts";
import type { Logger } from "../ports/logger.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";

export function systemRemote(log: Logger | undefined): RemotePorts {
  return {
    http: fetchClient(),
    postgres,
    clock: systemClock(),
    random: systemRandom(),
    env: process.env,
    log,
  };
}
