/** Where the logs of input are: in the worker's own folder, or in the store of the job. */
import { userError } from "../base/errors.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { RecordLogs } from "../ports/record-log.ts";
import { FileRecordLog } from "../storage/file-record-log.ts";
import { StoreRecordLog } from "../storage/store-record-log.ts";
import type { LogsOf } from "../worker/ports.ts";

export interface RecordLogsSettings {
  /** The worker's folder, which nobody else has. */
  readonly folder: string;
  /** A disk on which a failed sync is final for the process. */
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly log: Logger;
}

/** Characters of a hash that tell names apart: 128 bits. */
const NAME_DIGITS = 32;

export function recordLogs({ folder, disk, crypto, log }: RecordLogsSettings): LogsOf {
  const hashOf = (text: string): string =>
    crypto.sha256(new TextEncoder().encode(text)).toHex().slice(0, NAME_DIGITS);
  return ({ job, store }): RecordLogs => ({
    async open(name, level) {
      if (level === "disk") {
        // By the job's name: what one deployment promised, the next one reads.
        const own = `${folder}/ingest/${hashOf(`${job}/${name}`)}`;
        log.info("the ingest log of a source is opened", { job, step: name, folder: own });
        return await FileRecordLog.open({ folder: own, root: folder, disk, crypto, log });
      }
      const prefix = `${store.prefix}/ingest/${hashOf(name)}`;
      if (store.log === undefined) {
        throw userError("no_log", `the store of job ${job} has no logs: use log: "disk"`);
      }
      const slots = await store.log(prefix);
      return await StoreRecordLog.open({ blobs: store.blobs, slots, prefix, crypto });
    },
  });
}
