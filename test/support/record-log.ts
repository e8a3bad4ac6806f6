/** A record log in a folder on a disk in memory, for its tests. */
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { LogBlock, RecordLog } from "../../src/ports/record-log.ts";
import { FileRecordLog } from "../../src/storage/file-record-log.ts";
import type { StrictDisk } from "../../src/storage/strict-disk.ts";
import type { SimDisk } from "../../src/testing/sim-disk.ts";
import { NotedLog } from "./noted-log.ts";

export const FOLDER = "/w/ingest/in";
export const FIRST = `${FOLDER}/000000000001.log`;
const crypto = systemCrypto();

export function open(disk: SimDisk | StrictDisk, log = new NotedLog(), segmentBytes?: number) {
  const more = segmentBytes === undefined ? {} : { segmentBytes };
  return FileRecordLog.open({ folder: FOLDER, root: "/w", disk, crypto, log, ...more });
}

export function block(log: RecordLog, text: string): Uint8Array {
  return Buffer.concat([Buffer.alloc(log.room), Buffer.from(text)]);
}

export async function append(log: RecordLog, ...texts: string[]): Promise<LogBlock[]> {
  const stored: LogBlock[] = [];
  for (const text of texts) stored.push(await log.append(block(log, text)));
  return stored;
}

/** All blocks as texts, from the begin. */
export async function textsOf(log: RecordLog): Promise<string[]> {
  const texts: string[] = [];
  for (let at = log.begin; ;) {
    const found = await log.read(at);
    if (found === undefined) return texts;
    texts.push(Buffer.from(found.bytes).toString());
    at = found.next;
  }
}

export async function contentOf(disk: SimDisk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, "read");
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  await file.read(bytes, size, 0);
  await file.close();
  return bytes;
}
