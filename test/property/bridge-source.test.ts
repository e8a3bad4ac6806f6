/**
 * Producers of the connector protocol that lose their connections, and a job that begins anew from
 * its last checkpoint, in any order: every message counts once, and nothing is told to be durable
 * that is not.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Position } from "../../src/model/context.ts";
import { NEVER, say } from "../support/bridge-client.ts";
import { type Client, reading } from "../support/bridge-source.ts";
import { settle } from "../support/connector-context.ts";

const STREAMS = 3;
const MESSAGES = 12;

/** What happens next. */
type Op =
  | { readonly do: "send"; readonly stream: number; readonly count: number }
  | { readonly do: "cut"; readonly stream: number }
  | { readonly do: "snapshot" }
  | { readonly do: "complete" }
  | { readonly do: "crash" };

const anyStream = fc.nat(STREAMS - 1);
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("send" as const), stream: anyStream, count: fc.nat(4) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), stream: anyStream }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("snapshot" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("complete" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
);

/** A producer of one stream, which sends its messages from the point that it was told. */
class Producer {
  readonly stream: number;
  client: Client | undefined;
  /** The next message to send. */
  next = 0;
  /** What it was told to be durable: it could forget all of that. */
  durable = -1;

  constructor(stream: number) {
    this.stream = stream;
  }

  /** Connects if it is not connected, and sends some. */
  async send(dial: () => Promise<Client>, count: number): Promise<void> {
    if (this.client === undefined) {
      this.client = await dial();
      const [answer] = await this.client.send(say.notify(this.stream, "s", this.next));
      const [said, isGranted, , point] = answer!.split(" ");
      expect([said, isGranted]).toEqual(["notify_ack", "yes"]);
      this.told(point === NEVER ? -1 : Number(point));
      this.next = this.durable + 1;
    }
    const last = Math.min(MESSAGES, this.next + count);
    const messages: Buffer[] = [];
    for (; this.next < last; this.next++) {
      messages.push(say.message(this.stream, this.next, `${this.stream}:${this.next}`));
    }
    if (messages.length > 0) this.client.connection.send(Buffer.concat(messages));
    await this.listen();
  }

  /** Takes what it is told. */
  async listen(): Promise<void> {
    for (const said of (await this.client?.heard()) ?? []) {
      expect(said).toMatch(/^(ack|restart) /);
      for (const [, stream, point] of said.matchAll(/ (\d+):(\d+)/g)) {
        expect(Number(stream)).toBe(this.stream);
        this.told(Number(point));
      }
    }
    if (this.client?.isOpen === false) this.client = undefined;
  }

  /** What is durable never falls. */
  told(point: number): void {
    expect(point).toBeGreaterThanOrEqual(this.durable);
    this.durable = point;
  }
}

interface Snapshot {
  readonly position: Position | undefined;
  readonly records: readonly string[];
}

/** A job whose state is the records that it has read. */
class Job {
  #job!: Awaited<ReturnType<typeof reading>>;
  readonly producers = Array.from({ length: STREAMS }, (_, stream) => new Producer(stream));
  #before: readonly string[] = [];
  #from: Position | undefined;
  #taken: Snapshot | undefined;
  #complete: Snapshot = { position: undefined, records: [] };

  async begin(): Promise<void> {
    this.#before = this.#complete.records;
    this.#from = this.#complete.position;
    this.#taken = undefined;
    this.#job = await reading({}, this.#from);
  }

  get records(): readonly string[] {
    return [...this.#before, ...this.#job.read.values];
  }

  async do(op: Op): Promise<void> {
    switch (op.do) {
      case "send":
        await this.producers[op.stream]!.send(() => this.#job.client(), op.count);
        break;
      case "cut": {
        const producer = this.producers[op.stream]!;
        producer.client?.connection.leave();
        producer.client = undefined;
        break;
      }
      case "snapshot": {
        const position = this.#job.read.next ?? this.#from;
        const kept: unknown = position && JSON.parse(JSON.stringify(position));
        this.#taken = { position: kept as Position, records: this.records };
        break;
      }
      case "complete":
        if (this.#taken === undefined) break;
        this.#complete = this.#taken;
        if (this.#taken.position !== undefined) {
          await this.#job.reader.acknowledge(this.#taken.position);
        }
        break;
      case "crash":
        await this.#job.reader[Symbol.asyncDispose]();
        for (const producer of this.producers) await producer.listen();
        await this.begin();
        break;
      default:
        op satisfies never;
    }
    await settle();
    this.check();
  }

  /** Of each stream a prefix, once and in order; what is told is in the complete checkpoint. */
  check(): void {
    const { records } = this.#complete;
    for (const { stream, durable } of this.producers) {
      const isOurs = (record: string): boolean => record.startsWith(`${stream}:`);
      const read = this.records.filter(isOurs);
      expect(read).toEqual(read.map((_, i) => `${stream}:${i}`));
      expect(durable).toBeLessThan(records.filter(isOurs).length);
    }
  }
}

test("every message counts once, whatever breaks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 5, maxLength: 40 }), async (ops) => {
      const job = new Job();
      await job.begin();
      for (const op of ops) await job.do(op);
      // In the end all is sent, read and durable.
      for (const { stream } of job.producers) await job.do({ do: "send", stream, count: MESSAGES });
      expect(job.records.length).toBe(STREAMS * MESSAGES);
      await job.do({ do: "snapshot" });
      await job.do({ do: "complete" });
      for (const producer of job.producers) {
        await producer.listen();
        expect(producer.durable).toBe(MESSAGES - 1);
      }
    }),
    { numRuns: 150 },
  );
});
