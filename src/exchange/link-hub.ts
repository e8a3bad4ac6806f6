/**
 * One worker's ends of the channels of one generation of a job, over links to the other workers.
 *
 * Owns: a client for each worker that is sent to, what is expected of each that sends.
 * Does not own: the port where peers connect (one per worker, shared by generations).
 */
import { must } from "../base/assert.ts";
import type { Generation, PlacedWorker } from "../model/placement.ts";
import type { Codec } from "../model/codec.ts";
import type { ChannelHub } from "./channel-hub.ts";
import type { ChannelOut } from "./channel.ts";
import type { Inbox } from "./inbox.ts";
import {
  LinkClient,
  type LinkClientOptions,
  type LinkClientStats,
  type LinkServer,
  type ReceiveChannel,
} from "./link.ts";
import { receiveInto, RemoteChannel } from "./remote-channel.ts";

export type LinkPorts = Pick<
  LinkClientOptions,
  "network" | "clock" | "random" | "crypto" | "log" | "token"
>;

export interface LinkHubOptions {
  readonly ports: LinkPorts;
  readonly server: LinkServer;
  readonly job: string;
  readonly generation: Generation;
  readonly workers: readonly PlacedWorker[];
  readonly self: number;
  /** A peer is lost, or its frames cannot be understood: the generation cannot go on. */
  readonly onLost: (error: Error) => void;
}

export class LinkHub implements ChannelHub {
  readonly #options: LinkHubOptions;
  readonly #clients = new Map<number, LinkClient>();
  readonly #receivers = new Map<number, ReceiveChannel[]>();
  readonly #expected: Disposable[] = [];

  constructor(options: LinkHubOptions) {
    this.#options = options;
  }

  sender(worker: number, channel: number, codec?: Codec<unknown>): ChannelOut {
    const client = this.#client(worker);
    return new RemoteChannel(client.channel(channel), () => client.flush(), codec);
  }

  receiver(worker: number, channel: number, inbox: Inbox, codec?: Codec<unknown>): void {
    const known = this.#receivers.get(worker) ?? [];
    known.push(receiveInto(channel, inbox, codec));
    this.#receivers.set(worker, known);
  }

  /** Of all links to other workers together. */
  get stats(): LinkClientStats {
    const sum = { connections: 0, failures: 0, retransmitted: 0 };
    for (const { stats } of this.#clients.values()) {
      sum.connections += stats.connections;
      sum.failures += stats.failures;
      sum.retransmitted += stats.retransmitted;
    }
    return sum;
  }

  async open(): Promise<void> {
    const { server, generation, job, onLost } = this.#options;
    for (const [worker, channels] of this.#receivers) {
      const { name } = this.#worker(worker);
      this.#expected.push(server.expect(generation, name, channels, { job, onError: onLost }));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    for (const expected of this.#expected.splice(0)) expected[Symbol.dispose]();
  }

  terminate(): void {
    for (const client of this.#clients.values()) client.terminate();
    for (const expected of this.#expected.splice(0)) expected[Symbol.dispose]();
  }

  #client(worker: number): LinkClient {
    const known = this.#clients.get(worker);
    if (known !== undefined) return known;
    const { ports, job, generation, self, onLost } = this.#options;
    const { name, data, host } = this.#worker(worker);
    // A Unix socket reaches no further than its host.
    const isHere = host === this.#worker(self).host;
    const remote = { host: data.host, port: data.port };
    const client = new LinkClient({
      ...ports,
      self: this.#worker(self).name,
      peer: { name, address: isHere ? data : remote },
      job,
      generation,
      onLost,
    });
    this.#clients.set(worker, client);
    return client;
  }

  #worker(index: number): PlacedWorker {
    return must(this.#options.workers[index], "worker");
  }
}
