/**
 * Producers of the connector protocol that go from worker to worker, barriers that pass the workers
 * at different times, messages to the coordinator that are late, and crashes of all, in any order:
 * every checkpoint has of each stream a prefix, each message once, and nothing is told to be
 * durable that is not.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { joinPositions } from "../../src/connectors/bridge/streams.ts";
import type { Position } from "../../src/model/context.ts";
import { NEVER, say } from "../support/bridge-client.ts";
import type { Client } from "../support/bridge-source.ts";
import { type ClaimWorker, ClaimWorld } from "../support/claim-world.ts";
import { settle } from "../support/connector-context.ts";

const STREAMS = 2;
const MESSAGES = 12;
const WORKERS_MAX = 3;
/** All workers of a world, whatever their number. */
const EACH = [0, 1, 2];

type Op =
  /** At this worker, wherever the producer was before. */
  | { readonly do: "send"; readonly producer: number; readonly on: number; readonly count: number }
  | { readonly do: "end"; readonly producer: number }
  | { readonly do: "cut"; readonly producer: number }
  | { readonly do: "up" | "down" | "barrier" | "commit"; readonly on: number }
  /** Everything on its way arrives. */
  | { readonly do: "calm" }
  /** The barrier passes those that it has not, or its checkpoint is heard of by all. */
  | { readonly do: "barriers" }
  | { readonly do: "commits" }
  | { readonly do: "crash"; readonly workers: number };

/** Two of the three have one stream. */
const producer = fc.nat(STREAMS);
const on = fc.nat(1);
const at = (what: "up" | "down" | "barrier" | "commit"): fc.Arbitrary<Op> =>
  fc.record({ do: fc.constant(what), on });
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("send" as const), producer, on, count: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), producer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), producer }) },
  { weight: 2, arbitrary: at("up") },
  { weight: 2, arbitrary: at("down") },
  { weight: 4, arbitrary: at("barrier") },
  { weight: 3, arbitrary: at("commit") },
  { weight: 6, arbitrary: fc.constant({ do: "calm" as const }) },
  { weight: 3, arbitrary: fc.constant({ do: "barriers" as const }) },
  { weight: 3, arbitrary: fc.constant({ do: "commits" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      workers: fc.integer({ min: 1, max: WORKERS_MAX }),
    }),
  },
);

/** Sends messages 0, 1, 2 and so on, from where it was told to. */
class Producer {
  readonly stream: number;
  client: Client | undefined;
  worker: ClaimWorker | undefined;
  #step: "none" | "asking" | "refused" | "granted" | "ended" = "none";
  #next = 0;
  durable = -1;

  constructor(stream: number) {
    this.stream = stream;
  }

  async send(worker: ClaimWorker, count: number): Promise<void> {
    if (this.worker !== worker || this.client === undefined) {
      this.leave();
      this.worker = worker;
      this.client = await worker.client();
      await this.#ask();
    }
    if (this.#step !== "granted" || !this.client.isOpen) return;
    const messages: Buffer[] = [];
    const last = Math.min(MESSAGES, this.#next + count);
    for (; this.#next < last; this.#next++) {
      messages.push(say.message(this.stream, this.#next, `${this.stream}:${this.#next}`));
    }
    if (messages.length > 0) this.client.connection.send(Buffer.concat(messages));
  }

  end(): void {
    if (this.#step !== "granted" || this.client?.isOpen !== true) return;
    this.client.connection.send(say.eos(this.stream));
    this.#step = "ended";
  }

  leave(): void {
    this.client?.connection.leave();
    this.client = undefined;
    this.#step = "none";
  }

  /** Takes what it is told, as old clients do: one that was refused asks again at an ACK. */
  async listen(): Promise<void> {
    const said = (await this.client?.heard()) ?? [];
    for (const one of said) {
      const [type, isGranted, , point] = one.split(" ");
      if (type === "notify_ack") {
        this.#step = isGranted === "yes" ? "granted" : "refused";
        if (isGranted !== "yes") continue;
        this.#told(point === NEVER ? -1 : Number(point));
        this.#next = this.durable + 1;
        continue;
      }
      expect(one).toMatch(/^(ack|restart) /);
      for (const [, stream, to] of one.matchAll(/ (\d+):(\d+)(?![.\d])/g)) {
        if (type !== "ack") continue;
        expect(Number(stream)).toBe(this.stream);
        // Of a stream that was never read an end is told as 0.
        if (this.#step !== "ended" || this.#next > 0) this.#told(Number(to));
      }
      if (type === "ack" && this.#step === "refused") await this.#ask();
    }
    if (this.client?.isOpen === false) this.leave();
  }

  async #ask(): Promise<void> {
    const { connection } = this.client!;
    if (connection.isPaused || !connection.isOpen) return;
    this.#step = "asking";
    connection.send(say.notify(this.stream));
    await settle();
  }

  #told(point: number): void {
    this.durable = Math.max(this.durable, point);
  }
}

interface Checkpoint {
  readonly parts: readonly Position[];
  readonly records: readonly string[];
}

class Job {
  world!: ClaimWorld;
  readonly producers = [0, 1, 0].map((stream) => new Producer(stream));
  complete: Checkpoint = { parts: [], records: [] };
  /** Barriers of the epoch under way, by worker. */
  readonly #passed = new Map<ClaimWorker, ReturnType<ClaimWorker["snapshot"]>>();
  /** Who has not heard of the complete checkpoint. */
  readonly #uncommitted = new Set<ClaimWorker>();

  async begin(workers: number): Promise<void> {
    this.#passed.clear();
    this.#uncommitted.clear();
    this.world = await ClaimWorld.begin(workers, this.complete.parts);
  }

  worker(on: number): ClaimWorker {
    return this.world.workers[on % this.world.workers.length]!;
  }

  get records(): readonly string[] {
    return [...this.before, ...this.world.workers.flatMap(({ values }) => values)];
  }

  before: readonly string[] = [];

  async do(op: Op): Promise<void> {
    if (op.do === "send") await this.producers[op.producer]!.send(this.worker(op.on), op.count);
    else if (op.do === "end") this.producers[op.producer]!.end();
    else if (op.do === "cut") this.producers[op.producer]!.leave();
    else if (op.do === "crash") await this.#crash(op.workers);
    else if (op.do === "calm") await this.world.calm();
    else if (op.do === "barriers") EACH.forEach((on) => this.#barrier(this.worker(on)));
    else if (op.do === "commits") {
      for (const on of EACH) await this.#commit(this.worker(on));
    } else if (op.do === "barrier") this.#barrier(this.worker(op.on));
    else if (op.do === "commit") await this.#commit(this.worker(op.on));
    else await this.world.deliver(this.worker(op.on), op.do);
    await settle();
    for (const one of this.producers) await one.listen();
    this.check();
  }

  #barrier(worker: ClaimWorker): void {
    if (this.#uncommitted.size > 0 || this.#passed.has(worker)) return;
    this.#passed.set(worker, worker.snapshot());
    if (this.#passed.size < this.world.workers.length) return;
    const all = [...this.#passed.values()];
    const records = [...this.before, ...all.flatMap(({ values }) => values)];
    this.complete = { parts: all.map(({ position }) => position), records };
    this.#passed.clear();
    for (const one of this.world.workers) this.#uncommitted.add(one);
  }

  async #commit(worker: ClaimWorker): Promise<void> {
    if (this.#uncommitted.delete(worker)) await worker.commit();
  }

  async #crash(workers: number): Promise<void> {
    await this.world.end();
    for (const one of this.producers) await one.listen();
    this.before = this.complete.records;
    await this.begin(workers);
  }

  /** Everything that is on its way arrives, and a checkpoint has all. */
  async finish(): Promise<void> {
    for (const what of ["commits", "barriers", "commits", "calm", "calm"] as const) {
      await this.do({ do: what });
    }
  }

  check(): void {
    for (const [records, parts] of [
      [this.records, undefined],
      [this.complete.records, this.complete.parts],
    ] as const) {
      const joined = joinPositions(parts ?? []) as Readonly<Record<string, string>>;
      for (let stream = 0; stream < STREAMS; stream++) {
        const ids = idsOf(records, stream);
        expect(ids).toEqual(ids.map((_, i) => i));
        if (parts !== undefined) expect(Number(joined[stream] ?? -1)).toBe(ids.length - 1);
      }
    }
    for (const { stream, durable } of this.producers) {
      expect(durable).toBeLessThan(idsOf(this.complete.records, stream).length);
    }
  }
}

function idsOf(records: readonly string[], stream: number): number[] {
  const own = records.filter((record) => record.startsWith(`${stream}:`));
  return own.map((record) => Number(record.split(":")[1])).toSorted((a, b) => a - b);
}

test("every message counts once, whichever worker its producer comes to", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 10, maxLength: 60 }), async (ops) => {
      const job = new Job();
      await job.begin(2);
      for (const op of ops) await job.do(op);
      // In the end every stream can be sent to its end, at another worker too.
      for (const one of job.producers) one.leave();
      await job.finish();
      for (const [i, { stream }] of job.producers.entries()) {
        if (i >= STREAMS) break;
        await job.do({ do: "send", producer: i, on: stream, count: 0 });
        await job.finish();
        await job.do({ do: "send", producer: i, on: stream, count: MESSAGES });
      }
      await job.finish();
      expect(job.complete.records.length).toBe(STREAMS * MESSAGES);
      expect(job.producers.slice(0, STREAMS).map(({ durable }) => durable)).toEqual([11, 11]);
    }),
    { numRuns: 80 },
  );
});
