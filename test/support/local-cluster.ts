/**
 * Several workers in one process: the real parts of a job, their channels joined directly. What the
 * wire between workers does is tested elsewhere; here: the same result on any number of workers.
 */
import type { ChannelHub } from "../../src/exchange/channel-hub.ts";
import type { ChannelItem, ChannelOut } from "../../src/exchange/channel.ts";
import type { Inbox } from "../../src/exchange/inbox.ts";
import { LocalChannel } from "../../src/exchange/local-channel.ts";
import { memory } from "../../src/connectors/memory/mod.ts";
import { must } from "../../src/base/assert.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { zstd } from "../../src/host/zstd.ts";
import type { Restore } from "../../src/model/checkpoint.ts";
import type { Placement } from "../../src/model/placement.ts";
import type { Pipeline, Step } from "../../src/model/pipeline.ts";
import { place, placeWishes } from "../../src/planner/place.ts";
import { plan } from "../../src/planner/plan.ts";
import { FileStore } from "../../src/storage/file-store.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { JobPart } from "../../src/worker/part.ts";
import type { Address } from "../../src/ports/network.ts";
import { testPorts } from "./run-app.ts";

export interface ClusterResult {
  readonly sinks: Record<string, readonly unknown[]>;
  readonly committed: Record<string, readonly unknown[]>;
  readonly errors: readonly string[];
}

/** Runs a graph to its end on `count` workers, with barriers and commits on the way. */
export async function runOnWorkers(
  pipeline: Pipeline,
  count: number,
  options: {
    readonly compiled?: boolean;
    readonly barriers?: number;
    /** What to begin from. */
    readonly restore?: Restore;
    /** Where the workers listen. */
    readonly addresses?: readonly Address[];
    /** The hub of each worker; by default channels are joined directly. */
    readonly hubs?: (placement: Placement, self: number) => ChannelHub;
  } = {},
): Promise<ClusterResult> {
  const sinks: Record<string, readonly unknown[]> = {};
  const committed: Record<string, readonly unknown[]> = {};
  const steps = pipeline.steps.map((step): Step => {
    if (step.spec.kind !== "sink") return step;
    const target = memory.sink<unknown>();
    sinks[step.name] = target.records;
    committed[step.name] = target.committed;
    return { ...step, spec: { ...step.spec, sink: target.sink } };
  });
  const replaced = { ...pipeline, steps };
  const planned = plan(replaced, Math.max(2, count));
  const workers = Array.from({ length: count }, (_, i) => ({
    name: `w${i}`,
    data: options.addresses?.[i] ?? { host: "127.0.0.1", port: 0 },
    host: "here",
  }));
  const wishes = placeWishes(replaced);
  const placement = place({ plan: planned, wishes, workers });
  const inboxes = new Map<number, Inbox>();
  const crypto = systemCrypto();
  const store = new FileStore({ folder: "/store", disk: new SimDisk(), crypto });
  const parts = await Promise.all(
    placement.workers.map((_, self) =>
      JobPart.make(
        {
          job: "test",
          app: pipeline.app,
          worker: placement.workers[self]!.name,
          self,
          generation: { leaderEpoch: 1, attempt: 1 },
          pipeline: replaced,
          plan: planned,
          placement,
          metrics: false,
          store: { blobs: store.blobs, prefix: "jobs/test" },
          restore: options.restore,
        },
        {
          ports: { ...testPorts(), crypto, compressor: zstd() },
          hub: options.hubs?.(placement, self) ?? joined(inboxes),
          compiled: options.compiled ?? true,
        },
      ),
    ),
  );
  await Promise.all(parts.map((part) => part.start()));
  let epoch = 0;
  const commit = async (): Promise<void> => {
    epoch++;
    await Promise.all(parts.map((part) => part.barrier(epoch)));
    await Promise.all(parts.map((part) => part.commit(epoch)));
  };
  for (let i = 0; i < (options.barriers ?? 0); i++) await commit().catch(() => undefined);
  const ends = await Promise.all(
    parts.map(async (part) => {
      const end = await part.done;
      if (end.state === "failed") for (const other of parts) await other.kill();
      return end;
    }),
  );
  const errors = ends.flatMap(({ error }) => (error === undefined ? [] : [error.message]));
  while (errors.length === 0) {
    await Promise.all(parts.map((part) => part.drain()));
    await commit();
    if (parts.every((part) => part.isSealed)) break;
  }
  await Promise.all(parts.map((part) => part.kill()));
  return { sinks, committed, errors };
}

/** A hub whose channels are joined by number, in one process. */
function joined(inboxes: Map<number, Inbox>): ChannelHub {
  return {
    receiver: (_, channel, inbox) => void inboxes.set(channel, inbox),
    sender: (_, channel) => new LateChannel(channel, inboxes),
    open: async () => undefined,
    close: async () => undefined,
    terminate: () => undefined,
  };
}

/** A channel that finds its inbox when it is first used. */
class LateChannel implements ChannelOut {
  readonly #channel: number;
  readonly #inboxes: ReadonlyMap<number, Inbox>;
  #local: LocalChannel | undefined = undefined;
  onCredit: () => void = () => undefined;

  constructor(channel: number, inboxes: ReadonlyMap<number, Inbox>) {
    this.#channel = channel;
    this.#inboxes = inboxes;
  }

  get hasCredit(): boolean {
    return this.#open().hasCredit;
  }

  send(batch: Extract<ChannelItem, { kind: "batch" }>["batch"]): void {
    this.#open().send(batch);
  }

  barrier(epoch: number): void {
    this.#open().barrier(epoch);
  }

  end(): void {
    this.#open().end();
  }

  flush(): void {
    this.#open().flush();
  }

  sum(): Promise<number> | undefined {
    return this.#open().sum();
  }

  #open(): LocalChannel {
    if (this.#local === undefined) {
      this.#local = new LocalChannel(must(this.#inboxes.get(this.#channel), "inbox"));
      this.#local.onCredit = () => this.onCredit();
    }
    return this.#local;
  }
}
