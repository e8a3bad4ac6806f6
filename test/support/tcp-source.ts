/** A TCP source over a network in memory, for its tests. */
import { ByteWriter } from "../../src/base/bytes.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { tcp } from "../../src/connectors/tcp/mod.ts";
import type { ListenOptions } from "../../src/connectors/tcp/options.ts";
import type { Batch, Source, SplitReader } from "../../src/model/source.ts";
import { frameWriter } from "../../src/transport/frame-writer.ts";
import { testWorld } from "./connector-context.ts";
import { FakeNetwork, type FakeConnection } from "./fake-network.ts";
import { NotedLog } from "./noted-log.ts";
import { LiveRead } from "./read-source.ts";

const LISTEN = { port: 0, frame: "u32be", decode: utf8 } as const;

/** Each text as a u32be frame. */
export function frames(...texts: string[]): Uint8Array {
  const into = new ByteWriter();
  const writer = frameWriter("u32be");
  for (const text of texts) writer.write(utf8, text, into);
  return into.take();
}

/** The world of a source: its clock, network and log are the test's. */
export function tcpWorld() {
  const { source, clock } = testWorld();
  const network = new FakeNetwork();
  const log = new NotedLog();
  return { clock, network, log, ctx: { ...source, network, log } };
}

/** A source that is open, and not read unless `live` is asked for. */
export async function opened(options: Partial<ListenOptions<string>> = {}) {
  const given = tcpWorld();
  const source: Source<string> = tcp.listen({ ...LISTEN, ...options } as ListenOptions<string>);
  const reader = await source.open("listener", undefined, given.ctx);
  const live = () => new LiveRead(source, reader);
  const produce = () => given.network.produce()!;
  return { ...given, source, reader, live, produce };
}

/** The texts of the next batch. */
export async function batchOf(batches: AsyncIterator<Batch<string>>): Promise<string[]> {
  const { value } = await batches.next();
  const { bytes, starts, ends, count } = value as Batch<string>;
  return Array.from({ length: count }, (_, i) => utf8.decode(bytes!, starts![i]!, ends![i]!));
}

export const iterate = (reader: SplitReader<string>) => reader.read()[Symbol.asyncIterator]();
export const peerOf = (producer: FakeConnection) => `127.0.0.1:${producer.peer.port}`;
