/**
 * A listener with a log, over lives that end by power failures: producers that come and go, a job
 * that keeps checkpoints, and a ledger of what was promised.
 */
import { ByteWriter } from "../../src/base/bytes.ts";
import { asWallarooError } from "../../src/base/errors.ts";
import { Prng } from "../../src/base/prng.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { tcp } from "../../src/connectors/tcp/mod.ts";
import { SplitInput } from "../../src/io/split-input.ts";
import type { Position } from "../../src/model/context.ts";
import { FRAME_KINDS, type FrameKind } from "../../src/model/frame.ts";
import { CHECKPOINTS_KEPT } from "../../src/model/limits.ts";
import type { SplitReader } from "../../src/model/source.ts";
import { SimDisk, type Tear } from "../../src/testing/sim-disk.ts";
import { frameWriter } from "../../src/transport/frame-writer.ts";
import { settle } from "./connector-context.ts";
import { FakeNetwork, type FakeConnection } from "./fake-network.ts";
import { folderLogs } from "./folder-logs.ts";
import { MortalDisk } from "./mortal-disk.ts";
import { tcpWorld } from "./tcp-source.ts";

const KINDS = FRAME_KINDS.filter((kind): kind is Exclude<FrameKind, "none" | "u8"> => {
  return kind !== "none" && kind !== "u8";
});

/** Of a file that was written over, such parts are new or old after a power failure. */
const PART_BYTES = 16;

/** One connection, as its producer knows it. */
interface Producer {
  readonly name: string;
  readonly connection: FakeConnection;
  /** Bytes that it will still send. */
  rest: Uint8Array;
  /** Frames that it has sent to their last byte. */
  ends: number[];
  sentBytes: number;
}

interface Checkpoint {
  readonly position: Position | undefined;
  readonly read: readonly string[];
}

export interface IngestFacts {
  readonly lives: number;
  readonly sent: number;
  readonly kept: number;
  readonly read: number;
  readonly [fact: string]: number;
}

export class IngestStory {
  readonly #prng: Prng;
  readonly #disk = new SimDisk();
  readonly #frame: (typeof KINDS)[number];
  readonly #segmentBytes: number;
  /** By connection: frames whose keeping was promised, and frames that were sent. */
  readonly #promised = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  /** When each frame arrived, as it was read first. */
  readonly #times = new Map<string, number>();
  /** Complete ones that are kept, the newest last. */
  readonly #checkpoints: Checkpoint[] = [];
  #read: string[] = [];
  #lives = 0;
  #names = 0;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    this.#frame = this.#prng.pick(KINDS);
    this.#segmentBytes = this.#prng.pick([200, 200, 1_000, 1_000_000]);
  }

  async run(): Promise<IngestFacts> {
    const lives = 1 + this.#prng.below(5);
    for (let life = 0; life < lives; life++) await this.#live(1 + this.#prng.below(60));
    await this.#live(Infinity);
    const [sent, kept] = [sum(this.#sent), sum(this.#promised)];
    this.#check();
    return { lives: this.#lives, sent, kept, read: this.#read.length };
  }

  /** A process that dies at a call of the disk, or does what is left and ends well. */
  async #live(deathAt: number): Promise<void> {
    this.#lives++;
    const prng = this.#prng;
    let calls = 0;
    const disk = new MortalDisk(this.#disk, () => ++calls > deathAt);
    const { ctx, clock, log } = tcpWorld();
    clock.advance(this.#lives * 1_000_000);
    const network = new FakeNetwork();
    const logs = folderLogs(disk, log, this.#segmentBytes);
    const source = tcp.listen({
      port: 7_777,
      frame: this.#frame,
      decode: utf8,
      log: "disk",
      acks: true,
    });
    this.#begin();
    const from = this.#checkpoints.at(-1)?.position;
    const opening = source.open("log@w-1", from, { ...ctx, network, logs });
    let reader: SplitReader<string> | undefined;
    let failure: unknown;
    opening.then(
      (opened) => (reader = opened),
      (error: unknown) => (failure = error),
    );
    for (let i = 0; reader === undefined && failure === undefined && !disk.isDead; i++) {
      if (i === 1_000) throw new Error("the log does not open");
      await settle();
    }
    const producers: Producer[] = [];
    if (failure !== undefined) throw asWallarooError(failure);
    if (reader !== undefined) {
      const input = new SplitInput(
        "log@w-1",
        reader,
        () => undefined,
        (error) => (failure = error),
        from,
      );
      input.ask();
      const steps = deathAt === Infinity ? 30 : 400;
      for (let step = 0; step < steps && !disk.isDead; step++) {
        await this.#step(input, producers, network);
        if (prng.next() < 0.5) clock.advance(prng.below(3));
        if (prng.next() < 0.7) await settle();
        if (failure !== undefined) throw asWallarooError(failure);
      }
      if (deathAt === Infinity) await this.#finish(input, clock);
      if (failure !== undefined) throw asWallarooError(failure);
    }
    for (const producer of producers) this.#note(producer);
    if (!disk.isDead && deathAt === Infinity) await reader?.[Symbol.asyncDispose]();
    disk.isDead = true;
    this.#disk.crash(this.#tear());
  }

  /** Goes on where a kept checkpoint is: nearly always the newest. */
  #begin(): void {
    const prng = this.#prng;
    const { length } = this.#checkpoints;
    const back = length > 0 && prng.next() < 0.3 ? prng.below(length) : 0;
    this.#checkpoints.length -= back;
    this.#read = [...(this.#checkpoints.at(-1)?.read ?? [])];
  }

  async #step(input: SplitInput, producers: Producer[], network: FakeNetwork): Promise<void> {
    const prng = this.#prng;
    const what = prng.below(10);
    if (what === 0 && producers.length < 4) this.#connect(producers, network);
    else if (what <= 4) this.#send(producers);
    else if (what <= 7) this.#take(input, prng.pick([1, 3, 1_000]));
    else if (what === 8) this.#checkpoint(input);
    else if (prng.next() < 0.3) this.#leave(producers);
  }

  #connect(producers: Producer[], network: FakeNetwork): void {
    const connection = network.produce();
    if (connection === undefined) return;
    const name = `p${++this.#names}`;
    producers.push({ name, connection, rest: new Uint8Array(0), ends: [], sentBytes: 0 });
  }

  #send(producers: Producer[]): void {
    const prng = this.#prng;
    if (producers.length === 0) return;
    const producer = prng.pick(producers);
    const { connection } = producer;
    if (!connection.isOpen || connection.isPaused) return;
    if (producer.rest.length === 0) this.#make(producer);
    const whole = prng.next() < 0.5 ? producer.rest.length : 1 + prng.below(producer.rest.length);
    producer.sentBytes += whole;
    connection.send(producer.rest.subarray(0, whole));
    producer.rest = producer.rest.subarray(whole);
  }

  #make(producer: Producer): void {
    const prng = this.#prng;
    const into = new ByteWriter();
    const writer = frameWriter(this.#frame);
    const count = 1 + prng.below(prng.pick([3, 30]));
    for (let i = 0; i < count; i++) {
      const number = producer.ends.length;
      writer.write(utf8, `${producer.name}:${number}${"x".repeat(prng.below(40))}`, into);
      producer.ends.push(producer.sentBytes + into.at);
    }
    producer.rest = into.take();
  }

  #leave(producers: Producer[]): void {
    if (producers.length === 0) return;
    const producer = this.#prng.pick(producers);
    if (this.#prng.next() < 0.5) producer.connection.leave();
    else producer.connection.endSending();
  }

  /** Processes up to `count` records. */
  #take(input: SplitInput, count: number): void {
    const { batch } = input;
    if (batch === undefined) return;
    const end = Math.min(batch.count, input.at + count);
    for (; input.at < end; input.at++) {
      const i = input.at;
      const text = utf8.decode(batch.bytes!, batch.starts![i]!, batch.ends![i]!).replace(/x*$/, "");
      this.#read.push(text);
      const before = this.#times.get(text) ?? batch.time;
      if (before !== batch.time) throw new Error(`${text}: time ${batch.time}, was ${before}`);
      this.#times.set(text, before);
    }
    if (input.at === batch.count) input.finishBatch();
  }

  #checkpoint(input: SplitInput): void {
    const position = JSON.parse(JSON.stringify(input.position())) as Position;
    this.#checkpoints.push({ position, read: [...this.#read] });
    if (this.#checkpoints.length > CHECKPOINTS_KEPT) this.#checkpoints.shift();
    // Dead or not: the manifest is there, and nobody may have been told.
    if (this.#prng.next() < 0.9) void input.reader.acknowledge(position);
  }

  /** Reads until nothing comes any more. */
  async #finish(input: SplitInput, clock: { advance(ms: number): void }): Promise<void> {
    for (let quiet = 0; quiet < 5;) {
      clock.advance(1);
      await settle();
      quiet = input.batch === undefined ? quiet + 1 : 0;
      this.#take(input, 1_000);
    }
  }

  /** What a producer was told, and has sent, when its connection or the process ended. */
  #note({ name, connection, ends, sentBytes }: Producer): void {
    const { taken } = connection;
    const size = taken.length - (taken.length % 8);
    const counts = Array.from({ length: size / 8 }, (_, i) => Number(taken.readBigUInt64BE(i * 8)));
    for (const [i, count] of counts.entries()) {
      if (i > 0 && count <= counts[i - 1]!) throw new Error(`${name} was told ${counts.join()}`);
    }
    this.#promised.set(name, counts.at(-1) ?? 0);
    this.#sent.set(name, ends.filter((end) => end <= sentBytes).length);
  }

  #tear(): Tear {
    const prng = this.#prng;
    return {
      hasName: () => prng.next() < 0.5,
      content: (durable, written) => {
        // What was cut off may come back, what was added may be there in part, or be garbage.
        const size =
          prng.next() < 0.3
            ? durable.length
            : durable.length + prng.below(Math.max(1, written.length - durable.length + 1));
        const left = new Uint8Array(Math.max(durable.length, Math.min(size, written.length)));
        left.set(written.subarray(0, left.length));
        left.set(durable);
        // What was written over may be there in parts.
        for (let i = 0; i < Math.min(durable.length, written.length); i += PART_BYTES) {
          if (prng.next() < 0.5)
            left.set(written.subarray(i, Math.min(i + PART_BYTES, left.length)), i);
        }
        for (let i = durable.length; i < left.length; i++) {
          if (prng.next() < 0.02) left[i] = prng.u32();
        }
        return left;
      },
    };
  }

  #check(): void {
    const next = new Map<string, number>();
    for (const text of this.#read) {
      const [name = "", digits] = text.split(":");
      const number = Number(digits);
      const expected = next.get(name) ?? 0;
      if (number !== expected) throw new Error(`${name}: ${number} was read, ${expected} was next`);
      if (number >= (this.#sent.get(name) ?? 0)) throw new Error(`${text} was never sent`);
      next.set(name, expected + 1);
    }
    for (const [name, promised] of this.#promised) {
      const read = next.get(name) ?? 0;
      if (read < promised) throw new Error(`${name}: ${promised} were promised, ${read} were read`);
    }
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
