/**
 * The receiving end of all links to a worker: one port, where peers bring the frames of channels.
 *
 * Owns: who may connect, what is expected of whom, the count of what was refused.
 * Does not own: the state of channels (expectations).
 *
 * V1. Connections are bounded, those of strangers more narrowly: above it, they are closed at once.
 * V2. Whatever a stranger sends costs its own connection, one number, and a line a second.
 */
import type { Generation } from "../model/placement.ts";
import { Throttle } from "../base/throttle.ts";
import { messageOf } from "../base/errors.ts";
import { LOG_INTERVAL_MS } from "../model/limits.ts";
import {
  CHANNEL_WINDOW_BYTES,
  LINK_CONNECTIONS_MAX,
  LINK_STRANGERS_MAX,
} from "../model/wire-limits.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, Connection, ConnectionHandler, Listener } from "../ports/network.ts";
import type { Network } from "../ports/network.ts";
import { Expectation, type ExpectOptions } from "./link-expectation.ts";
import { LinkGuest } from "./link-guest.ts";
import type { Hello, RefuseCode } from "./link-hello.ts";
import type { WirePorts } from "./link-wire.ts";
import type { ReceiveChannel } from "./receive-channel.ts";

export interface LinkServerOptions extends WirePorts {
  readonly network: Network;
  readonly log: Logger;
  readonly token: Uint8Array;
  /** This worker's name. */
  readonly self: string;
  readonly address: Address;
  /** A Unix socket for workers of the same host, besides: its file, which is not there yet. */
  readonly localPath?: string | undefined;
  /** Bytes of data that each channel may have on the way or waiting. */
  readonly windowBytes?: number;
  readonly connectionsMax?: number;
}

export interface LinkServerStats {
  accepted: number;
  /** Connections above the bounds. */
  tooMany: number;
  /** Connections that broke the protocol, by frames that cannot be or were not allowed. */
  garbage: number;
  /** Handshakes of TLS that were refused. */
  handshakes: number;
  /** Connections that did not say in time who they are. */
  noGreeting: number;
  /** Greetings that were refused, by the reason. */
  readonly refused: Record<RefuseCode, number>;
}

/** What a decoder throws for bytes that cannot be. */
const GARBAGE: readonly string[] = ["bad_frame", "bad_plain", "bad_utf8"];

export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #window: number;
  readonly #guests = new Set<LinkGuest>();
  readonly #expectations = new Set<Expectation>();
  readonly #logged = new Throttle(LOG_INTERVAL_MS);
  #strangers = 0;
  #local: Listener | undefined = undefined;
  #listener: Listener | undefined;
  #isClosed = false;
  readonly stats: LinkServerStats = {
    accepted: 0,
    tooMany: 0,
    garbage: 0,
    handshakes: 0,
    noGreeting: 0,
    refused: {
      not_yet: 0,
      old_generation: 0,
      bad_token: 0,
      wrong_certificate: 0,
      wrong_peer: 0,
      too_many: 0,
      consumer_failed: 0,
    },
  };

  private constructor(options: LinkServerOptions) {
    this.#options = options;
    this.#window = options.windowBytes ?? CHANNEL_WINDOW_BYTES;
  }

  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  static async listen(options: LinkServerOptions): Promise<LinkServer> {
    const server = new LinkServer(options);
    const accept = (connection: Connection): ConnectionHandler | undefined =>
      server.#accept(connection);
    const { network, address, localPath: path } = options;
    server.#listener = await network.listen(address, accept, {
      refused: ({ code, text, peer }) => {
        server.stats.handshakes++;
        server.#warn("a link was refused", { code, why: text, peer: peer.host });
      },
    });
    if (path !== undefined) {
      server.#local = await network.listen({ host: "", port: 0, path }, accept);
    }
    return server;
  }

  /** With the port that was really taken, and the Unix socket, if there is one. */
  get address(): Address {
    const address = this.#listener?.address ?? this.#options.address;
    const { localPath: path } = this.#options;
    return path === undefined ? address : { ...address, path };
  }

  /** Connections, in all states. */
  get connections(): number {
    return this.#guests.size;
  }

  /** From here on the peer may bring the frames of these channels; disposing ends that. */
  expect(
    generation: Generation,
    peer: string,
    channels: readonly ReceiveChannel[],
    options: ExpectOptions = {},
  ): Disposable {
    const { clock } = this.#options;
    const window = this.#window;
    const expectation = new Expectation(generation, peer, channels, options, clock, window);
    this.#expectations.add(expectation);
    return {
      [Symbol.dispose]: () => {
        if (this.#expectations.delete(expectation)) expectation.end();
      },
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.close();
    this.#local?.close();
    for (const expectation of this.#expectations) expectation.end();
    this.#expectations.clear();
    for (const guest of this.#guests) if (!guest.isKnown) guest.wire.fail(undefined);
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    const most = this.#options.connectionsMax ?? LINK_CONNECTIONS_MAX;
    if (this.#isClosed) return undefined;
    if (this.#guests.size >= most || this.#strangers >= LINK_STRANGERS_MAX) {
      this.stats.tooMany++; // V1
      this.#warn("too many connections to the data port", { connections: this.#guests.size });
      return undefined;
    }
    this.stats.accepted++;
    this.#strangers++;
    const options = { ...this.#options, window: this.#window };
    const guest = new LinkGuest(connection, options, {
      find: (hello, generation) => this.#find(hello, generation),
      known: () => void this.#strangers--,
      refused: (code, hello) => {
        this.stats.refused[code]++;
        if (code === "not_yet") return;
        this.#warn("a link was refused", { code, worker: hello.self });
      },
      closed: (gone, error) => this.#closed(gone, error),
    });
    this.#guests.add(guest);
    return guest.wire;
  }

  #closed(guest: LinkGuest, error: Error | undefined): void {
    this.#guests.delete(guest);
    if (!guest.isKnown) this.#strangers--;
    if (error === undefined || !("code" in error)) return;
    if (error.code === "link_replaced") return;
    if (error.code === "no_greeting") this.stats.noGreeting++;
    else if (GARBAGE.includes(String(error.code))) this.stats.garbage++;
    const { peer } = guest.wire.connection;
    this.#warn("a link was closed", { peer: peer.host, why: messageOf(error) });
  }

  #find(hello: Hello, generation: Generation): Expectation | RefuseCode {
    let isOld = false;
    for (const expectation of this.#expectations) {
      if (expectation.peer !== hello.self || expectation.job !== hello.job) continue;
      const order = compare(generation, expectation.generation);
      if (order === 0) return expectation.failure === undefined ? expectation : "consumer_failed";
      if (order < 0) isOld = true;
    }
    return isOld ? "old_generation" : "not_yet";
  }

  /** V2 */
  #warn(text: string, fields: Readonly<Record<string, unknown>>): void {
    const held = this.#logged.pass(this.#options.clock.monotonic());
    if (held === undefined) return;
    this.#options.log.warn(text, held === 0 ? fields : { ...fields, notShown: held });
  }
}

function compare(a: Generation, b: Generation): number {
  return a.leaderEpoch - b.leaderEpoch || a.attempt - b.attempt;
}
