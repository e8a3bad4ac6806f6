/** A receiver of the connector protocol that a test is, byte by byte. */
import { readFrame } from "../../src/connectors/bridge/frames.ts";
import { readTwoPhase } from "../../src/connectors/bridge/two-phase.ts";
import { say } from "./bridge-client.ts";
import { sinkWorld } from "./bridge-sink.ts";
import { settle } from "./connector-context.ts";
import { FakeNetwork } from "./fake-network.ts";

export const NAME = "job-w-job.out.0-id-0";
export const OK = say.ok(500);
export const ACCEPTED = say.notifyAck(true, 1, 0);

/** A receiver that the test is: what it was sent, as frames. */
export async function byHand(options = {}) {
  const world = sinkWorld({ frame: "none", ...options });
  const network = new FakeNetwork();
  const ctx = world.ctx({ network });
  const writer = await world.sink.open(ctx);
  // It connects when there is something to write.
  void writer.write([]);
  await settle();
  let from = 0;
  let last = network.last;
  const sent = async (): Promise<unknown[]> => {
    await settle();
    if (network.last !== last) from = 0;
    last = network.last;
    const bytes = last.taken;
    const frames: unknown[] = [];
    while (from < bytes.length) {
      const end = from + 4 + bytes.readUInt32BE(from);
      const frame = readFrame(bytes, from + 4, end);
      if (frame.type !== "message") frames.push(frame);
      else if (frame.stream === 0n) frames.push(readTwoPhase(frame.content));
      else {
        const { id, eventTime, key, content } = frame;
        frames.push({ id, eventTime, key: key.length, text: Buffer.from(content).toString() });
      }
      from = end;
    }
    return frames;
  };
  /** Answers the handshake, which is the sink's `tag`-th. */
  const greet = async (tag = 1): Promise<void> => {
    await sent();
    network.last.send(Buffer.concat([OK, ACCEPTED, uncommitted(tag)]));
    await sent();
  };
  return { ...world, network, ctx, writer, sent, greet };
}

export function reply(transaction: string, isYes: boolean): Buffer {
  const name = Buffer.from(transaction);
  const content = Buffer.concat([Buffer.of(204, 0, name.length), name, Buffer.of(isYes ? 1 : 0)]);
  return said(content);
}

/** Nothing is, to the question of that tag. */
export function uncommitted(tag: number): Buffer {
  const of = Buffer.alloc(8);
  of.writeBigUInt64BE(BigInt(tag));
  return said(Buffer.concat([Buffer.of(202), of, Buffer.alloc(4)]));
}

function said(content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.of(5), Buffer.alloc(26), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
