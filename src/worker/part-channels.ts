/**
 * The channels of a part: which there are, what leads where.
 *
 * Owns: the inboxes of the instances here, by channel.
 */
import { must } from "../base/assert.ts";
import type { ChannelHub } from "../exchange/channel-hub.ts";
import type { ChannelOut } from "../exchange/channel.ts";
import { carriedName, type ChannelId, channelIds } from "../model/channel-ids.ts";
import { type CreditHolder, ExchangeExit } from "../exchange/exit.ts";
import type { KeysOnTheWay } from "../exchange/gathered.ts";
import { Inbox } from "../exchange/inbox.ts";
import { LocalChannel } from "../exchange/local-channel.ts";
import { chooser } from "../exchange/partitioner.ts";
import type { Codec } from "../model/codec.ts";
import type { Key } from "../model/key.ts";
import type { StepSpec } from "../model/pipeline.ts";
import type { Partitioner, Route } from "../model/plan.ts";
import type { Sink } from "../model/sink.ts";
import type { PartSettings } from "./part-contract.ts";

/** `name`: what it carries, as `carriedName` has it. */
export interface NamedInbox {
  readonly id: number;
  readonly name: string;
  readonly inbox: Inbox;
}

export interface RoutedExit {
  readonly route: Route;
  /** The channel to each instance. */
  readonly channels: readonly number[];
  readonly exit: ExchangeExit;
}

export class PartChannels {
  readonly #part: PartSettings;
  readonly #hub: ChannelHub;
  readonly #onItem: (task: number) => void;
  readonly #channels: readonly ChannelId[];
  readonly #inboxes = new Map<number, Inbox>();

  constructor(part: PartSettings, hub: ChannelHub, onItem: (task: number) => void) {
    this.#part = part;
    this.#hub = hub;
    this.#onItem = onItem;
    this.#channels = channelIds(part.plan, part.placement);
  }

  /** The place of this worker's instance among those of a task; -1 when it has none. */
  instance(task: number): number {
    return this.#part.placement.tasks[task]!.instances.indexOf(this.#part.self);
  }

  /** Makes the inboxes of all instances here; peers may send into them from now on. */
  expect(): void {
    for (const { id, route, up, down } of this.#channels) {
      if (down !== this.instance(route.toTask)) continue;
      const inbox = new Inbox(() => this.#onItem(route.toTask));
      this.#inboxes.set(id, inbox);
      const worker = this.#workerOf(route.fromTask, up);
      if (worker !== this.#part.self) {
        this.#hub.receiver(worker, id, inbox, this.#codec(route));
      }
    }
  }

  /** The inboxes of a task's instance here, with what they carry. */
  inboxes(task: number): readonly NamedInbox[] {
    return this.#channels.flatMap(({ id, route }) => {
      const inbox = route.toTask === task ? this.#inboxes.get(id) : undefined;
      return inbox === undefined ? [] : [{ id, name: carriedName(route), inbox }];
    });
  }

  /** What leads out of a task's instance here, for each of its routes. */
  exits(task: number, credit: CreditHolder): readonly RoutedExit[] {
    const { plan, placement } = this.#part;
    return plan.routes
      .filter(({ fromTask }) => fromTask === task)
      .map((route) => {
        const { instances, groups } = placement.tasks[route.toTask]!;
        const channels = instances.map((_, down) => this.#idOf(route, down));
        const outs = instances.map((_, down) => this.#out(route, down, channels[down]!));
        const count = instances.length;
        // Nothing says where: the instance on this worker, when there is one.
        const here = instances.indexOf(this.#part.self);
        const near = here >= 0 ? here : this.instance(task) % count;
        const by = this.#by(route);
        const choose = chooser(route.partitioner, groups, count, by, near, this.#home(route));
        return {
          route,
          channels,
          exit: new ExchangeExit(outs, choose, keysOf(route.partitioner), credit),
        };
      });
  }

  /** Inputs of a task that come from others, as `step/input`, and what carries them. */
  cuts(task: number): ReadonlyMap<string, string> {
    const { steps } = this.#part.plan.tasks[task]!;
    const cut = this.#part.plan.exchanges.filter(
      ({ isLocal, to }) => !isLocal && steps.includes(to),
    );
    return new Map(cut.map((one) => [`${one.to}/${one.input}`, carriedName(one)]));
  }

  /** The connections of a sink that belong to the instance here. */
  connections(step: number): readonly number[] {
    const { plan, placement } = this.#part;
    const task = plan.tasks.findIndex(({ steps }) => steps.includes(step));
    const here = this.instance(task);
    const placed = must(
      placement.sinks.find((sink) => sink.step === step),
      "placed sink",
    );
    return placed.connections.flatMap((instance, i) => (instance === here && here >= 0 ? [i] : []));
  }

  #idOf(route: Route, down: number): number {
    const up = this.instance(route.fromTask);
    const channel = this.#channels.find(
      (one) => one.route === route && one.up === up && one.down === down,
    );
    return must(channel, "channel").id;
  }

  #out(route: Route, down: number, id: number): ChannelOut {
    const worker = this.#workerOf(route.toTask, down);
    if (worker !== this.#part.self) {
      return this.#hub.sender(worker, id, this.#codec(route));
    }
    return new LocalChannel(must(this.#inboxes.get(id), "inbox"));
  }

  /** The app's own codec of the records on a route. */
  #codec({ from }: Route): Codec<unknown> | undefined {
    const { spec } = this.#part.pipeline.steps[from]!;
    return spec.kind === "keyBy" ? spec.codec : undefined;
  }

  #workerOf(task: number, instance: number): number {
    return must(this.#part.placement.tasks[task]!.instances[instance], "instance");
  }

  /** The instance on the worker where a record belongs; undefined where that cannot be told. */
  #home(route: Route): ((record: unknown) => number | undefined) | undefined {
    const sink = this.#sinkOf(route);
    if (route.partitioner !== "home" || sink?.homeOf === undefined) return undefined;
    const { workers, tasks } = this.#part.placement;
    const names = tasks[route.toTask]!.instances.map((worker) => workers[worker]!.name);
    return (record) => {
      try {
        const index = names.indexOf(sink.homeOf!(record));
        return index >= 0 ? index : undefined;
      } catch {
        return undefined; // The sink itself says what is wrong with the record.
      }
    };
  }

  #sinkOf(route: Route): Sink<unknown> | undefined {
    const spec = this.#takerOf(route);
    return spec?.kind === "sink" ? spec.sink : undefined;
  }

  /** The key by which a sink spreads records over its connections. */
  #by(route: Route): ((record: unknown) => Key) | undefined {
    const spec = this.#takerOf(route);
    return route.partitioner === "sink" && spec?.kind === "sink" ? spec.by : undefined;
  }

  /** The first step that takes what a route carries. */
  #takerOf(route: Route): StepSpec | undefined {
    const { plan, pipeline } = this.#part;
    const { steps } = plan.tasks[route.toTask]!;
    const found = plan.exchanges.find(
      (one) => carriedName(one) === carriedName(route) && steps.includes(one.to),
    );
    return found === undefined ? undefined : pipeline.steps[found.to]?.spec;
  }
}

function keysOf(partitioner: Partitioner): KeysOnTheWay {
  if (partitioner === "hash") return "numbered";
  return partitioner === "collect" ? "carried" : "none";
}
