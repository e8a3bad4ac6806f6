import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Disk } from "../../src/ports/disk.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { RecordLogs } from "../../src/ports/record-log.ts";
import { FileRecordLog } from "../../src/storage/file-record-log.ts";

const crypto = systemCrypto();

/** The logs of one process, in a folder. */
export function folderLogs(disk: Disk, log: Logger, segmentBytes?: number): RecordLogs {
  const more = segmentBytes === undefined ? {} : { segmentBytes };
  return {
    open: (name) =>
      FileRecordLog.open({ folder: `/w/ingest/${name}`, root: "/w", disk, crypto, log, ...more }),
  };
}
