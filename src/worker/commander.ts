/**
 * A worker's side of deployments: takes orders for one part at a time, tells how it goes.
 *
 * Owns: the part that is here, which generation it is of.
 * Does not own: the connection (worker), what a part does (part).
 *
 * W1. There is one part at a time: the next is made when all of the one before is closed.
 * W2. An order for a generation older than one that was seen is refused; one for a generation that
 *     is not here is dropped and counted.
 * W3. Whatever comes of an order that was overtaken is closed and not told.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import {
  compareGenerations,
  type Deployment,
  type OfJob,
  type ToCoordinator,
  type ToWorker,
} from "../control/messages.ts";
import type { PartSnapshot } from "../model/checkpoint.ts";
import type { Generation } from "../model/placement.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type { MetaLog } from "../ports/meta-log.ts";
import type { Store } from "../ports/store.ts";
import { firstDifference } from "./graph-difference.ts";
import type { AppSource } from "./app-source.ts";
import type { BundleFetch } from "./bundle-fetch.ts";
import { type Held, isHeld, newHeld, problemOf } from "./held.ts";
import type { Part, PartEnd, PartMaker, PartStore } from "./part-contract.ts";

export interface CommanderSettings {
  readonly worker: string;
  readonly log: Logger;
  readonly apps: AppSource;
  readonly fetch: BundleFetch;
  readonly makePart: PartMaker;
  /** Opens the store of a job; the same one for the same URL. */
  readonly openStore: (url: string) => Promise<Store>;
  readonly crypto: Crypto;
  readonly send: (message: ToCoordinator) => void;
  /** The process cannot go on, and has to end. */
  readonly onFatal: (error: WallarooError) => void;
}

type Order = Extract<ToWorker, OfJob>;

export class Commander {
  /** Orders of generations that were not here. */
  staleOrders = 0;
  readonly #settings: CommanderSettings;
  #held: Held | undefined;
  #newest: Generation = { leaderEpoch: 0, attempt: 0 };
  /** W1: closing and making, one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(settings: CommanderSettings) {
    this.#settings = settings;
  }

  /** What is here, for a registration that is made anew. */
  get running(): OfJob | undefined {
    return this.#held?.of;
  }

  take(order: Order): void {
    if (order.type === "deploy") this.#deploy(order);
    else if (order.type === "release") this.#release(order);
    else if (this.#held !== undefined && isHeld(this.#held, order))
      this.#command(this.#held, order);
    else this.staleOrders++; // W2
  }

  /** Closes what is here. */
  async close(): Promise<void> {
    this.#held?.claims.leave();
    this.#supersede(undefined);
    await this.#last;
  }

  #deploy(order: Deployment): void {
    // Attempts are counted over all jobs: each deployment has a generation of its own.
    if (compareGenerations(order.generation, this.#newest) <= 0) {
      this.staleOrders++; // W2
      return;
    }
    this.#newest = order.generation;
    const held = newHeld(order, this.#settings.send);
    this.#supersede(held);
    this.#last = this.#last.then(() => this.#make(held, order));
  }

  /** W1, W3 */
  #supersede(next: Held | undefined): void {
    const old = this.#held;
    this.#held = next;
    if (old === undefined) return;
    old.isOver = true;
    old.claims.end();
    this.#last = this.#last.then(() => this.#closePart(old));
  }

  async #closePart(held: Held): Promise<void> {
    try {
      await held.part?.kill();
      held.app?.release();
    } catch (error) {
      this.#settings.log.warn("closing a job's part failed", { job: held.of.job, error });
    }
  }

  async #make(held: Held, order: Deployment): Promise<void> {
    const { send } = this.#settings;
    try {
      const part = await this.#partOf(held, order);
      if (part === undefined) return;
      held.part = part;
      // Overtaken meanwhile: the closing waits in line behind us.
      if (!held.isOver) send({ type: "ready", ...held.of });
    } catch (error) {
      if (!held.isOver) send({ type: "refused", ...held.of, problem: problemOf(error) });
      this.#endIfFatal(error);
    }
  }

  async #partOf(held: Held, order: Deployment): Promise<Part | undefined> {
    const { apps, fetch, makePart, worker } = this.#settings;
    const { bundle, app, set, placement, graphHash } = order;
    if (!(await apps.has(bundle))) await apps.keep(bundle, await fetch.whole(bundle));
    if (held.isOver) return undefined;
    const built = await apps.build({ bundle, app, set, workers: placement.workers.length });
    held.app = built;
    if (built.plan.graphHash !== graphHash) {
      throw new WallarooError(
        "graph_differs",
        `worker ${worker} builds another graph of app ${app} than the coordinator did: ` +
          `${firstDifference(order.graph, built.lines)}. The graph may depend on options only, ` +
          "not on the machine, the time or chance",
        { domain: "user" },
      );
    }
    const store = await this.#storeOf(order);
    if (held.isOver) return undefined;
    const { job, generation, self, metrics } = order;
    const restore = order.restore.epoch === 0 ? undefined : order.restore;
    const { pipeline, plan } = built;
    const of = { job, app, worker, self, generation };
    const { claims } = held;
    return await makePart({ ...of, pipeline, plan, placement, metrics, store, restore, claims });
  }

  /** @throws {WallarooError} `store_not_seen` when it is not the one that the coordinator has */
  async #storeOf({ store: { url, prefix, proof } }: Deployment): Promise<PartStore> {
    const { openStore, crypto, worker } = this.#settings;
    let found: Uint8Array | undefined;
    let why = "something else is there";
    try {
      const store = await openStore(url);
      const { blobs } = store;
      found = await blobs.get(proof.name);
      const log = (name: string): Promise<MetaLog> => store.log(name);
      if (crypto.sha256(found).toHex() === proof.sha256) return { blobs, prefix, log };
    } catch (error) {
      // Of a part that nobody waits for any more, perhaps: this is how it is heard of.
      this.#endIfFatal(error);
      why = messageOf(error);
    }
    throw new WallarooError(
      "store_not_seen",
      `worker ${worker} does not see the coordinator's store ${url}: ${why}. A folder serves one ` +
        "machine, or several that share it: give the coordinator a --store that all workers reach",
      { domain: found === undefined ? "external" : "user" },
    );
  }

  #release(order: OfJob): void {
    if (this.#held !== undefined && isHeld(this.#held, order)) this.#supersede(undefined);
    this.#last = this.#last.then(() => {
      const { job, generation } = order;
      this.#settings.send({ type: "released", job, generation });
    });
  }

  #command(held: Held, order: Exclude<Order, { type: "deploy" | "release" }>): void {
    const { part } = held;
    if (part === undefined) {
      this.staleOrders++;
      return;
    }
    switch (order.type) {
      case "start":
        this.#tell(held, part.start(), { type: "started", ...held.of });
        void part.done.then((end) => this.#ended(held, part, end));
        void part.failed?.then((error) => this.#fail(held, error));
        return;
      case "barrier": {
        const { epoch, damaged } = order;
        const done = (snapshot: PartSnapshot): ToCoordinator => {
          return { type: "barrier_done", ...held.of, epoch, snapshot };
        };
        this.#tell(held, part.barrier(epoch, damaged), done);
        return;
      }
      case "commit": {
        const { epoch } = order;
        this.#commit(held, part, epoch);
        return;
      }
      case "drain":
        part.stop();
        return;
      case "claimed":
      case "claim_free":
      case "others":
        held.claims.take(order);
        return;
      case "report_wanted":
        this.#settings.send({ type: "report", ...held.of, id: order.id, status: part.status() });
    }
  }

  #commit(held: Held, part: Part, epoch: number): void {
    const done = part.commit(epoch).then(async () => {
      // Behind the end nothing comes but epochs: what sinks still do belongs into the next.
      if (held.isDrained) await part.drain();
    });
    const committed = (): ToCoordinator => ({
      type: "committed",
      ...held.of,
      epoch,
      isSealed: part.isSealed,
    });
    this.#tell(held, done, committed);
  }

  /** Tells that something was done, or why not. */
  #tell<R>(held: Held, doing: Promise<R>, done: ToCoordinator | ((r: R) => ToCoordinator)): void {
    doing.then(
      (result) => {
        if (held.isOver) return;
        this.#settings.send(typeof done === "function" ? done(result) : done);
      },
      (error: unknown) => this.#fail(held, error),
    );
  }

  #ended(held: Held, part: Part, { state, error }: PartEnd): void {
    if (held.isOver || state === "killed") return;
    if (state === "failed") {
      this.#fail(held, error ?? new Error("it does not say why"));
      return;
    }
    held.isDrained = true;
    this.#tell(held, part.drain(), { type: "drained", ...held.of });
  }

  /** A sync failed: what this process thinks to be durable may not be. A new one finds out. */
  #endIfFatal(error: unknown): void {
    if (!(error instanceof WallarooError) || error.code !== "fsync_failed") return;
    this.#settings.onFatal(error);
  }

  #fail(held: Held, error: unknown): void {
    if (held.isOver || held.hasFailed) {
      this.#endIfFatal(error);
      return; // W3
    }
    held.hasFailed = true;
    this.#settings.log.error("the job failed here", { job: held.of.job, error });
    this.#settings.send({ type: "failed", ...held.of, problem: problemOf(error) });
    this.#endIfFatal(error);
  }
}
