/** A TCP source with a log on a disk in memory, for its tests. */
import { utf8 } from "../../src/codec/utf8.ts";
import { tcp } from "../../src/connectors/tcp/mod.ts";
import type { ListenOptions } from "../../src/connectors/tcp/options.ts";
import type { Position } from "../../src/model/context.ts";
import { SEGMENT_HEADER_BYTES } from "../../src/storage/log-segment.ts";
import { StrictDisk } from "../../src/storage/strict-disk.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { settle } from "./connector-context.ts";
import type { FakeConnection } from "./fake-network.ts";
import { folderLogs } from "./folder-logs.ts";
import { LiveRead } from "./read-source.ts";
import { tcpWorld } from "./tcp-source.ts";

const START: Position = { segment: 1, offset: SEGMENT_HEADER_BYTES, frame: 0 };
export const SEGMENT = "/w/ingest/in/000000000001.log";

type LoggedOptions = Partial<ListenOptions<string>> & {
  readonly disk?: SimDisk;
  readonly from?: Position;
  readonly segmentBytes?: number;
  /** No checkpoint knows of the log: without this one knows its start. */
  readonly isUnknown?: boolean;
};

/** A process with such a source; a second one on the same disk is the next process. */
export async function openLogged({
  disk = new SimDisk(),
  from,
  segmentBytes,
  isUnknown = false,
  ...options
}: LoggedOptions = {}) {
  const world = tcpWorld();
  const { clock, network, log } = world;
  const logs = folderLogs(new StrictDisk(disk), log, segmentBytes);
  const ctx = { ...world.ctx, logs };
  const source = tcp.listen({
    port: 0,
    frame: "u32be",
    decode: utf8,
    log: "disk",
    acks: true,
    ...options,
  } as ListenOptions<string>);
  const reader = await source.open("log@w-1", isUnknown ? from : (from ?? START), ctx);
  /** Lets the disk do its work. */
  const later = async () => {
    for (let i = 0; i < 4; i++) {
      clock.advance(1);
      await settle();
    }
  };
  const live = () => new LiveRead(source, reader);
  return {
    disk,
    clock,
    network,
    log,
    ctx,
    source,
    reader,
    later,
    live,
    produce: () => network.produce()!,
  };
}

/** What a producer was told last. */
export function toldTo({ taken }: FakeConnection): number {
  const size = taken.length - (taken.length % 8);
  return size === 0 ? 0 : Number(taken.readBigUInt64BE(size - 8));
}
