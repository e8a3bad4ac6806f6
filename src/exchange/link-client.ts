/**
 * The sending end of a link: one connection to one peer, which carries all channels of a generation
 * to it and is made again when it breaks.
 *
 * Owns: the channels, when to dial again, when the peer is lost. Does not own: the handshake and
 * the connection of the moment (link-dial).
 *
 * L1. At most one connection at a time; one that was given up is never heard again.
 * L2. The peer is lost after so many attempts in a row and so much time without it; told once.
 */
import { assert } from "../base/assert.ts";
import { backoffMs } from "../base/backoff.ts";
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import {
  CHANNELS_MAX,
  CONNECT_TRIES,
  LINK_CLOSE_MS,
  LINK_PATIENCE_MS,
  NOT_YET_MS,
  RECONNECT_FIRST_MS,
  RECONNECT_MAX_MS,
} from "../model/wire-limits.ts";
import type { Timer } from "../ports/clock.ts";
import type { Address } from "../ports/network.ts";
import { LinkDial, type DialPorts } from "./link-dial.ts";
import type { Refusal } from "./link-hello.ts";
import { SendChannel, type ChannelSender } from "./send-channel.ts";

export interface LinkClientOptions extends DialPorts {
  readonly token: Uint8Array;
  /** This worker's name. */
  readonly self: string;
  readonly peer: { readonly name: string; readonly address: Address };
  /** The job that the channels belong to: generations of two jobs may be equal. */
  readonly job?: string;
  readonly generation: Generation;
  /** The peer cannot be reached, or refuses for good. Called once, not after `close`. */
  readonly onLost: (error: Error) => void;
  readonly tries?: number;
  readonly patienceMs?: number;
}

export interface LinkClientStats {
  /** Connections that were ready for records. */
  connections: number;
  failures: number;
  retransmitted: number;
}

const REFUSED_FOR_GOOD: readonly string[] = [
  "old_generation",
  "bad_token",
  "wrong_certificate",
  "wrong_peer",
  "consumer_failed",
];

export class LinkClient {
  readonly #options: LinkClientOptions;
  readonly #channels = new Map<number, SendChannel>();
  #dial: LinkDial | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #connections = 0;
  #failuresInAll = 0;
  /** When the peer was last there, or we began to look for it. */
  #aliveMs: number;
  #notYetMs: number | undefined;
  #isClosed = false;
  #closing: (() => void) | undefined;

  constructor(options: LinkClientOptions) {
    this.#options = options;
    this.#aliveMs = options.clock.monotonic();
    this.#connect();
  }

  /** The channel of that number, made at the first call. */
  channel(id: number): ChannelSender {
    return this.#channel(id);
  }

  get isConnected(): boolean {
    return this.#dial?.isLive ?? false;
  }

  get stats(): LinkClientStats {
    let retransmitted = 0;
    for (const channel of this.#channels.values()) retransmitted += channel.retransmitted;
    return { connections: this.#connections, failures: this.#failuresInAll, retransmitted };
  }

  /** Writes now what would be written at the end of the turn. */
  flush(): void {
    this.#dial?.flush();
  }

  /** Waits, for a while, until all that was sent has arrived, and says good-bye. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(LINK_CLOSE_MS, () => this.#finish());
    const before = this.#closing;
    this.#closing = () => {
      before?.();
      timer.cancel();
      resolve();
    };
    this.#closeWhenEmpty();
    return promise;
  }

  /** Ends at once; what was not acknowledged may not arrive. */
  terminate(): void {
    this.#stop(undefined);
    this.#closing?.();
  }

  #channel(id: number): SendChannel {
    const known = this.#channels.get(id);
    if (known !== undefined) return known;
    assert(this.#channels.size < CHANNELS_MAX, "a link has a bounded number of channels");
    const { generation, crypto } = this.#options;
    const channel: SendChannel = new SendChannel(id, generation, crypto, () => {
      this.#dial?.pump(channel);
    });
    this.#channels.set(id, channel);
    return channel;
  }

  #connect(): void {
    this.#timer = undefined;
    const dial: LinkDial = new LinkDial(this.#options, {
      channel: (id) => this.#channel(id),
      channels: () => this.#channels.values(),
      live: () => this.#live(),
      acknowledged: () => this.#closeWhenEmpty(),
      lost: (error) => {
        if (this.#dial === dial) this.#lose(error);
      },
      closed: (error, refusal) => {
        if (this.#dial === dial) this.#closed(error, refusal); // L1
      },
    });
    this.#dial = dial;
    dial.start();
  }

  #live(): void {
    this.#failures = 0;
    this.#notYetMs = undefined;
    this.#connections++;
    this.#closeWhenEmpty();
  }

  #closed(error: Error | undefined, refusal: Refusal | undefined): void {
    const { clock, log, random } = this.#options;
    const wasLive = this.#dial?.isLive ?? false;
    this.#dial = undefined;
    for (const channel of this.#channels.values()) channel.suspend();
    if (this.#isClosed) return;
    const now = clock.monotonic();
    if (wasLive) this.#aliveMs = now;
    else this.#failures++;
    this.#failuresInAll++;
    const why = refusal?.text ?? (error === undefined ? "the connection closed" : messageOf(error));
    if (refusal !== undefined && REFUSED_FOR_GOOD.includes(refusal.code)) {
      this.#lose(externalError(refusal.code, `${this.#peer()} refuses the link: ${why}`));
    } else if (refusal?.code === "not_yet") {
      this.#notYetMs ??= now;
      if (now - this.#notYetMs >= NOT_YET_MS) {
        this.#lose(externalError("not_yet", `${this.#peer()} does not expect this job: ${why}`));
      } else this.#again(RECONNECT_FIRST_MS);
    } else if (this.#isHopeless(now)) {
      const text = `${this.#peer()} is lost after ${this.#failures} attempts: ${why}`;
      const { name: peer } = this.#options.peer;
      const lost = { domain: "external", retryable: true, cause: error, peer } as const;
      this.#lose(new WallarooError("peer_lost", text, lost));
    } else {
      log.debug("link broke, dialling again", { peer: this.#options.peer.name, why });
      const bounds = { firstMs: RECONNECT_FIRST_MS, maxMs: RECONNECT_MAX_MS };
      this.#again(backoffMs(Math.max(0, this.#failures - 1), random.next(), bounds));
    }
  }

  /** L2 */
  #isHopeless(now: number): boolean {
    const { tries = CONNECT_TRIES, patienceMs = LINK_PATIENCE_MS } = this.#options;
    return this.#failures >= tries && now - this.#aliveMs >= patienceMs;
  }

  #again(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #lose(error: Error): void {
    if (this.#isClosed) return;
    this.#stop(undefined);
    this.#closing?.();
    if (this.#closing === undefined) this.#options.onLost(error);
  }

  #closeWhenEmpty(): void {
    if (this.#closing === undefined || this.#isClosed) return;
    for (const channel of this.#channels.values()) if (channel.unacknowledged > 0) return;
    this.#finish();
  }

  #finish(): void {
    if (this.#isClosed) return;
    const dial = this.#dial;
    if (dial === undefined || !dial.isLive) this.#stop(undefined);
    else {
      this.#isClosed = true;
      this.#timer?.cancel();
      dial.sayBye();
    }
    this.#closing?.();
  }

  #stop(error: Error | undefined): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    const dial = this.#dial;
    this.#dial = undefined;
    dial?.giveUp(error);
  }

  #peer(): string {
    return `worker ${this.#options.peer.name}`;
  }
}
