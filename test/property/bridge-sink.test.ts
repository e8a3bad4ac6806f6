/**
 * A sink of the connector protocol whose receiver, connections and job fail in any order: what the
 * receiver has is every record of the job once, in order, and it never had to object.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Committer, SinkWriter } from "../../src/model/sink.ts";
import type { PendingBytes } from "../../src/connectors/bridge/transactions.ts";
import type { Vote } from "../support/bridge-receiver.ts";
import { ReceiverNetwork, sinkWorld } from "../support/bridge-sink.ts";
import { settle } from "../support/connector-context.ts";
import { NameStore } from "../support/name-store.ts";

type Op =
  | { readonly do: "write"; readonly count: number }
  | { readonly do: "epoch"; readonly vote: Vote; readonly fate: "take" | "lose" | "late" }
  | { readonly do: "prepare"; readonly vote: Vote }
  | { readonly do: "cut" }
  | { readonly do: "crash" }
  | { readonly do: "restart" }
  | { readonly do: "narrow" };

const anyVote = fc.constantFrom<Vote>(
  "yes",
  "yes",
  "no",
  "silence",
  "twice",
  "close before",
  "close after",
);
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), count: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("epoch" as const),
      vote: anyVote,
      fate: fc.constantFrom("take" as const, "lose" as const, "late" as const),
    }),
  },
  // The job fails between the manifest and the commit.
  { weight: 1, arbitrary: fc.record({ do: fc.constant("prepare" as const), vote: anyVote }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("cut", "crash", "restart", "narrow") }),
  },
) as fc.Arbitrary<Op>;

/** A checkpoint: how many records it holds, and what is to commit. */
interface Manifest {
  readonly count: number;
  readonly pending: PendingBytes | undefined;
}

class Job {
  readonly #world = sinkWorld({ patience: "3s" });
  readonly #staging = new NameStore().store;
  #network = this.#world.network;
  #generation = 0;
  #epoch = 0;
  #manifest: Manifest = { count: 0, pending: undefined };
  #writer!: SinkWriter<string, PendingBytes>;
  #committer!: Committer<PendingBytes>;
  #waiting: Promise<void> | undefined;
  readonly #isMute: boolean;
  next = 0;

  /** `isMute`: the receiver does not say where it stands, so that the job's store has to. */
  constructor(isMute: boolean) {
    this.#world.receiver.saysWhereItStands = !isMute;
    this.#isMute = isMute;
  }

  get #ctx() {
    const staging = this.#isMute ? this.#staging : undefined;
    return { network: this.#network, generation: this.#generation, staging };
  }

  /** A new process: what is in the manifest is committed, what is not is taken back. */
  async begin(): Promise<void> {
    // The old one is dead, and dials no more.
    this.#network.isThere = false;
    this.#network.cut();
    this.#network = new ReceiverNetwork(this.#world.receiver);
    this.#generation++;
    this.#waiting = undefined;
    const { receiver, sink, ctx } = this.#world;
    receiver.vote = () => "yes";
    receiver.onPhase2 = () => "take";
    const committer = await this.#world.committer(this.#ctx);
    const { count, pending } = this.#manifest;
    if (pending !== undefined) await this.#until(committer.commit(pending));
    for (const one of await this.#until(committer.list())) {
      if (one.generation < this.#generation) await this.#until(committer.abort(one.pending));
    }
    this.#committer = committer;
    this.#writer = await sink.open(ctx(this.#ctx));
    this.next = count;
  }

  async do(op: Op): Promise<void> {
    const { receiver } = this.#world;
    if (op.do === "write") await this.#write(op.count);
    else if (op.do === "cut") this.#network.cut();
    else if (op.do === "crash") receiver.crash();
    else if (op.do === "narrow") this.#network.room = 7;
    else if (op.do === "restart") await this.begin();
    else if (op.do === "prepare") {
      await this.#prepare(op.vote);
      await this.begin();
    } else {
      const fates = [op.fate];
      receiver.onPhase2 = () => fates.shift() ?? "take";
      if (!(await this.#prepare(op.vote))) await this.begin();
      else if (this.#manifest.pending !== undefined) {
        await this.#until(this.#committer.commit(this.#manifest.pending));
      }
    }
    await settle();
    this.check();
  }

  check(): void {
    const { receiver, lines } = this.#world;
    expect(receiver.violations).toEqual([]);
    const seen = lines();
    expect(seen).toEqual(seen.map((_, i) => `record ${i}`));
    expect(seen.length).toBeLessThanOrEqual(this.#manifest.count);
  }

  /** All that was written is with the receiver. */
  async finish(): Promise<number> {
    await this.do({ do: "epoch", vote: "yes", fate: "take" });
    return this.#world.lines().length;
  }

  async #write(count: number): Promise<void> {
    if (this.#waiting !== undefined) await this.#until(this.#waiting);
    const records = Array.from({ length: count }, () => `record ${this.next++}`);
    const writing = this.#writer.write(records);
    if (writing !== undefined) this.#waiting = writing.then(() => (this.#waiting = undefined));
    this.#waiting?.catch(() => undefined);
    this.#writer.flush();
  }

  /** Whether there is a checkpoint. */
  async #prepare(vote: Vote): Promise<boolean> {
    const votes = [vote];
    this.#world.receiver.vote = () => votes.shift() ?? "yes";
    const count = this.next;
    try {
      if (this.#waiting !== undefined) await this.#until(this.#waiting);
      const pending = await this.#until(this.#writer.prepare(++this.#epoch));
      this.#manifest = { count, pending };
      return true;
    } catch {
      return false;
    }
  }

  /** Time passes until it is done. */
  async #until<R>(promise: Promise<R>): Promise<R> {
    let isDone = false;
    const done = (): void => void (isDone = true);
    promise.then(done, done);
    for (let i = 0; i < 200 && !isDone; i++) {
      await settle();
      if (!isDone) this.#world.clock.advance(250);
    }
    if (!isDone) throw new Error("it does not end");
    return await promise;
  }
}

test.each([
  ["says where it stands", false],
  ["does not say where it stands", true],
])("a receiver that %s has every record once, in order, whatever breaks", async (_, isMute) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 3, maxLength: 25 }), async (ops) => {
      const job = new Job(isMute);
      await job.begin();
      for (const op of ops) await job.do(op);
      await job.do({ do: "write", count: 3 });
      expect(await job.finish()).toBe(job.next);
    }),
    { numRuns: 150 },
  );
});
