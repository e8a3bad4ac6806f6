/** The contract of sources, kept with a producer that sends again what is asked for, then ends. */
import { utf8 } from "../../../../src/codec/utf8.ts";
import { bridge } from "../../../../src/connectors/bridge/mod.ts";
import type { Batch, Source, SplitReader } from "../../../../src/model/source.ts";
import { COOKIE, heard, NEVER, say } from "../../../support/bridge-client.ts";
import { settle } from "../../../support/connector-context.ts";
import { testSourceContract } from "../../../support/source-contract.ts";
import { tcpWorld } from "../../../support/tcp-source.ts";

interface Sent {
  readonly stream: number;
  readonly id: number;
  readonly text: string;
}

/** Three streams in turns; ids with gaps. */
const SENT: readonly Sent[] = Array.from({ length: 700 }, (_, i) => ({
  stream: 1 + (i % 3),
  id: 10 * i + 5,
  text: `message ${i}`,
}));

/** The source under test with such a producer: ends behind its last message. */
function ended(source: Source<string>, world: ReturnType<typeof tcpWorld>): Source<string> {
  return {
    ...source,
    async open(split, position, ctx) {
      const reader = await source.open(split, position, ctx);
      const connection = world.network.produce()!;
      connection.send(say.hello());
      const notifies = [1, 2, 3].map((stream) => say.notify(stream));
      const send = (bytes: Buffer) => {
        if (connection.isOpen && !connection.isPaused) connection.send(bytes);
      };
      return {
        acknowledge: (at) => reader.acknowledge(at),
        [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        async *read(): AsyncGenerator<Batch<string>> {
          const batches = reader.read()[Symbol.asyncIterator]();
          let next = batches.next();
          send(Buffer.concat(notifies));
          await settle();
          const told = heard(connection.taken).slice(1).map(pointOfRef);
          const due = SENT.filter(({ stream, id }) => id > told[stream - 1]!);
          send(Buffer.concat(due.map(({ stream, id, text }) => say.message(stream, id, text))));
          for (let left = due.length; left > 0;) {
            const { value, done } = await next;
            if (done === true) return;
            left -= value.count;
            yield value;
            next = batches.next();
          }
        },
      } satisfies SplitReader<string>;
    },
  };
}

/** Of `notify_ack yes STREAM POINT`. */
function pointOfRef(said: string): number {
  const point = said.split(" ")[3]!;
  return point === NEVER ? -1 : Number(point);
}

testSourceContract("bridge.listen", async () => {
  const world = tcpWorld();
  const source = bridge.listen({ port: 0, cookie: COOKIE, decode: utf8 });
  return {
    source: ended(source, world),
    ctx: world.ctx,
    records: [SENT.map(({ text }) => text)],
  };
});
