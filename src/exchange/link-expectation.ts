/**
 * What a worker expects from one peer for one generation: the channels, over all connections.
 *
 * X1. One connection at a time: a newer one replaces the older, which may be half open.
 * X2. The state of the channels outlives connections and ends with the generation.
 */
import { externalError } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import { ACK_BYTES, ACK_MS } from "../model/wire-limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { badFrame } from "./frame-cutter.ts";
import { FRAME, FRAME_HEADER_BYTES, isInOrder, type Frame } from "./frame.ts";
import { plainBytes } from "./link-hello.ts";
import type { LinkWire } from "./link-wire.ts";
import type { ReceiveChannel, ReceiveWake } from "./receive-channel.ts";

export interface ExpectOptions {
  /** The job that the channels belong to: generations of two jobs may be equal. */
  readonly job?: string;
  /** A channel's `onFrame` threw: the link is refused from here on. */
  readonly onError?: (error: Error) => void;
  /** The peer said good-bye: all that it sent has been handed on. */
  readonly onBye?: () => void;
}

export class Expectation implements ReceiveWake {
  readonly generation: Generation;
  readonly peer: string;
  readonly job: string;
  readonly channels: readonly ReceiveChannel[];
  readonly #options: ExpectOptions;
  readonly #byId = new Map<number, ReceiveChannel>();
  readonly #clock: Clock;
  readonly #owed = new Set<ReceiveChannel>();
  #unacknowledged = 0;
  #timer: Timer | undefined;
  #wire: LinkWire | undefined;
  #failure: Error | undefined;
  #isPlanned = false;
  #isEnded = false;

  constructor(
    generation: Generation,
    peer: string,
    channels: readonly ReceiveChannel[],
    options: ExpectOptions,
    clock: Clock,
    window: number,
  ) {
    this.generation = generation;
    this.peer = peer;
    this.job = options.job ?? "";
    this.channels = channels;
    this.#options = options;
    this.#clock = clock;
    for (const channel of channels) {
      channel.open(window);
      channel.wake = this;
      this.#byId.set(channel.id, channel);
    }
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get isConnected(): boolean {
    return this.#wire !== undefined;
  }

  /** X1. The welcome was sent; what is wanted next follows. */
  attach(wire: LinkWire): void {
    this.#wire?.fail(externalError("link_replaced", "the peer has connected anew"));
    this.#wire = wire;
    this.#settle();
    for (const channel of this.channels) {
      wire.send(FRAME.resume, channel.id, channel.next);
      wire.send(FRAME.grant, channel.id, channel.takeGrant());
    }
  }

  detach(wire: LinkWire): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#settle();
  }

  /** Ends it: with good-bye to the peer, and whatever it says from now on is refused. */
  end(): void {
    this.#isEnded = true;
    const wire = this.#wire;
    this.#wire = undefined;
    this.#settle();
    for (const channel of this.channels) channel.wake = undefined;
    wire?.send(FRAME.bye);
    wire?.end();
  }

  /** @throws {WallarooError} `bad_frame` */
  frame(frame: Frame): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    const { type, leaderEpoch, attempt } = frame;
    if (leaderEpoch !== this.generation.leaderEpoch || attempt !== this.generation.attempt) {
      throw badFrame(`generation ${leaderEpoch}.${attempt} is not the one of this link`);
    }
    if (isInOrder(type)) this.#take(frame);
    else if (type === FRAME.bye) {
      this.#options.onBye?.();
      this.#wire?.end();
    } else if (type !== FRAME.heartbeat) throw badFrame(`type ${type} from a dialer`);
  }

  #take(frame: Frame): void {
    const channel = this.#byId.get(frame.channel);
    if (channel === undefined) throw badFrame(`channel ${frame.channel} is not expected`);
    const next = channel.next;
    try {
      channel.take(frame);
    } catch (error) {
      // Until it is handed on, the fault is the peer's; then it is the consumer's.
      if (channel.next === next) throw error;
      this.#consumerFailed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#unacknowledged += FRAME_HEADER_BYTES + frame.end - frame.start;
    this.later(channel);
    if (this.#unacknowledged >= ACK_BYTES) this.#pay();
  }

  #consumerFailed(error: Error): void {
    this.#failure = error;
    const wire = this.#wire;
    this.#wire = undefined;
    this.#settle();
    wire?.send(FRAME.refuse, 0, 0, plainBytes(["consumer_failed", "the receiver has failed"]));
    wire?.end();
    this.#options.onError?.(error);
  }

  later(channel: ReceiveChannel): void {
    if (this.#wire === undefined) return;
    this.#owed.add(channel);
    this.#timer ??= this.#clock.after(ACK_MS, () => this.#pay());
  }

  soon(channel: ReceiveChannel): void {
    if (this.#wire === undefined) return;
    this.#owed.add(channel);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.soon(() => {
      this.#isPlanned = false;
      this.#pay();
    });
  }

  /** Acknowledges what has arrived, and grants what may come. */
  #pay(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    for (const channel of this.#owed) {
      wire.send(FRAME.ack, channel.id, channel.next - 1);
      if (channel.owesGrant) wire.send(FRAME.grant, channel.id, channel.takeGrant());
    }
    this.#settle();
  }

  #settle(): void {
    this.#owed.clear();
    this.#unacknowledged = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
