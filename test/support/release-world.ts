/** A TCP sink that releases at checkpoints, its store, and its receiver, for tests. */
import { utf8 } from "../../src/codec/utf8.ts";
import { tcp } from "../../src/connectors/tcp/mod.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Epoch, SinkContext } from "../../src/model/sink.ts";
import { FileBlobs } from "../../src/storage/file-blobs.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { settle, testWorld } from "./connector-context.ts";
import { FakeNetwork, type FakeConnection } from "./fake-network.ts";
import { NotedLog } from "./noted-log.ts";

const crypto = systemCrypto();

export function releaseWorld({ keeps = true, disk = new SimDisk() } = {}) {
  const { clock, sink: contextOf } = testWorld();
  const network = new FakeNetwork();
  const log = new NotedLog();
  const sink = tcp.connect<string>({
    port: 7_002,
    frame: "lines",
    encode: utf8,
    release: "checkpoint",
  });
  const staging = keeps ? new FileBlobs("/store/sinks", disk, crypto) : undefined;
  const ctx = (more: Partial<SinkContext> = {}): SinkContext => {
    return { ...contextOf(), network, log, staging, ...more };
  };
  const lines = () => linesOf(network.connections);
  /** Lets connections, disks and timers that are due do their work. */
  const later = async (ms = 0) => {
    for (let i = 0; i < 6; i++) {
      await settle();
      clock.advance(i === 0 ? ms : 0);
    }
  };
  /** Waits for what needs connections or timers. */
  const done = async <R>(call: Promise<R>): Promise<R> => {
    let isOver = false;
    const over = () => (isOver = true);
    call.then(over, over);
    for (let i = 0; i < 50 && !isOver; i++) await later();
    return await call;
  };
  const open = async (more?: Partial<SinkContext>) => {
    const writer = await sink.open(ctx(more));
    const committer = await sink.committer!(ctx(more));
    const commit = async (epoch: Epoch) => {
      const pending = await writer.prepare(epoch);
      if (pending !== undefined) await done(committer.commit(pending));
    };
    return { writer, committer, commit };
  };
  return { clock, network, log, sink, ctx, disk, staging, lines, later, done, open };
}

/** All lines that a receiver got, over its connections; what was cut off is no line. */
export function linesOf(connections: readonly FakeConnection[]): readonly string[] {
  return connections.flatMap(({ taken }) => taken.toString().split("\n").slice(0, -1));
}
