/**
 * Workers that listen for one source of the connector protocol, in memory: the coordinator's desk
 * and the workers' claims are the real ones; what they say to each other arrives when a test says.
 */
import { joinPositions } from "../../src/connectors/bridge/streams.ts";
import type { ClaimHeard, ClaimSaid } from "../../src/control/messages.ts";
import { ClaimDesk } from "../../src/coordinator/claim-desk.ts";
import type { Position } from "../../src/model/context.ts";
import { PartClaims } from "../../src/worker/part-claims.ts";
import { type Client, reading } from "./bridge-source.ts";
import { settle } from "./connector-context.ts";

type Reading = Awaited<ReturnType<typeof reading>>;

/** One worker of a generation. */
export class ClaimWorker {
  readonly name: string;
  readonly claims: PartClaims;
  readonly up: ClaimSaid[] = [];
  readonly down: ClaimHeard[] = [];
  reading!: Reading;
  /** What it was at its last barrier. */
  kept: Position | undefined;

  constructor(name: string) {
    this.name = name;
    this.claims = new PartClaims(name, (said) => void this.up.push(said));
  }

  get values(): readonly string[] {
    return this.reading.read.values;
  }

  /** As a task does at a barrier. */
  snapshot(): { readonly position: Position; readonly values: readonly string[] } {
    const { reader } = this.reading;
    const position = JSON.parse(JSON.stringify(reader.position!())) as Position;
    this.kept = position;
    return { position, values: [...this.values] };
  }

  /** A complete checkpoint has what it kept. */
  async commit(): Promise<void> {
    if (this.kept !== undefined) await this.reading.reader.acknowledge(this.kept);
    await settle();
  }

  client(): Promise<Client> {
    return this.reading.client();
  }
}

/** All workers of one generation, which begins where all parts of a checkpoint are. */
export class ClaimWorld {
  readonly workers: ClaimWorker[] = [];
  readonly #desk = new ClaimDesk();

  static async begin(count: number, parts: readonly Position[] = []): Promise<ClaimWorld> {
    const world = new ClaimWorld();
    const from = parts.length === 0 ? undefined : joinPositions(parts);
    for (let i = 0; i < count; i++) {
      const worker = new ClaimWorker(`w-${i + 1}`);
      const claims = worker.claims.of("in", i === 0);
      worker.reading = await reading({ port: 7101 + i }, from, claims);
      world.workers.push(worker);
    }
    await world.calm();
    return world;
  }

  /** The first message on the way in one direction arrives. */
  async deliver(worker: ClaimWorker, way: "up" | "down"): Promise<void> {
    if (way === "down") {
      const heard = worker.down.shift();
      if (heard !== undefined) worker.claims.take(heard);
    } else {
      const said = worker.up.shift();
      const told = said === undefined ? [] : this.#desk.take(worker.name, said);
      for (const { worker: to, heard } of told) {
        this.workers.find(({ name }) => name === to)!.down.push(heard);
      }
    }
    await settle();
  }

  /** Until nothing is on the way. */
  async calm(): Promise<void> {
    await settle();
    for (;;) {
      const busy = this.workers.filter(({ up, down }) => up.length + down.length > 0);
      if (busy.length === 0) return;
      for (const worker of busy) {
        await this.deliver(worker, "up");
        await this.deliver(worker, "down");
      }
    }
  }

  /** A barrier at all, and its checkpoint is complete. */
  async checkpoint(): Promise<readonly Position[]> {
    await settle();
    const parts = this.workers.map((worker) => worker.snapshot().position);
    for (const worker of this.workers) await worker.commit();
    await this.calm();
    return parts;
  }

  async end(): Promise<void> {
    for (const worker of this.workers) {
      worker.claims.end();
      await worker.reading.reader[Symbol.asyncDispose]();
    }
    await settle();
  }
}
