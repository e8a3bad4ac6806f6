import type { WallarooError } from "../base/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { RecordLogs } from "../ports/record-log.ts";
import type { Stdio } from "../ports/stdio.ts";
import type { PartStore } from "./part-contract.ts";

/** Everything that a worker may ask of the world. */
export interface WorkerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  readonly stdio: Stdio;
  readonly log: Logger;
  /** Where a job's input is kept before it is read. Absent where nothing is kept. */
  readonly logsOf?: LogsOf;
  /** Tells when code of the app has asked for the end of the process, and maybe caught what that
   *  threw. Returns what ends the telling. Absent where nobody sees it. */
  readonly onExit?: (tell: (error: WallarooError) => void) => () => void;
}

/** The logs of a job's input on this worker. */
export type LogsOf = (of: { readonly job: string; readonly store: PartStore }) => RecordLogs;
