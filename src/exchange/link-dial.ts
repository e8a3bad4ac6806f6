/**
 * One attempt to reach a peer, from dialling to the end of the connection: the dialer's side of the
 * handshake, then grants and acknowledgements.
 *
 * T1. Nothing is taken from a listener that has not proved that it knows the token.
 * T2. A channel is given frames only after its RESUME on this connection.
 * T3. An attempt ends once, and tells nothing after that, also when its connection opens too late.
 * T4. Where there are certificates, nothing is said to another worker than the one that is meant.
 */
import { externalError, messageOf } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import { identityOf } from "../model/peer-identity.ts";
import { LINK_HANDSHAKE_MS } from "../model/wire-limits.ts";
import type { Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, Connection, ConnectionHandler, Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import { badFrame } from "./frame-cutter.ts";
import { FRAME, type Frame } from "./frame.ts";
import {
  helloBytes,
  NONCE_BYTES,
  plainBytes,
  proofOf,
  readChallenge,
  readRefusal,
  readWelcome,
  type Hello,
  type Refusal,
} from "./link-hello.ts";
import { LinkWire, type WirePorts } from "./link-wire.ts";
import type { SendChannel } from "./send-channel.ts";

export interface DialPorts extends WirePorts {
  readonly network: Network;
  readonly random: Random;
  readonly log: Logger;
}

export interface DialOptions extends DialPorts {
  readonly token: Uint8Array;
  readonly self: string;
  readonly peer: { readonly name: string; readonly address: Address };
  readonly job?: string;
  readonly generation: Generation;
}

export interface DialEvents {
  channel(id: number): SendChannel;
  channels(): Iterable<SendChannel>;
  /** Records may go. */
  live(): void;
  acknowledged(): void;
  /** To go on is of no use. */
  lost(error: Error): void;
  closed(error: Error | undefined, refusal: Refusal | undefined): void;
}

export class LinkDial {
  readonly #options: DialOptions;
  readonly #events: DialEvents;
  readonly #hello: Hello;
  #wire: LinkWire | undefined;
  #deadline: Timer | undefined;
  #nonce: Uint8Array | undefined;
  #refusal: Refusal | undefined;
  #window = 0;
  /** RESUMEs that are still to come; below 0 before the welcome. */
  #toResume = -1;
  #isLive = false;
  #isOver = false;

  constructor(options: DialOptions, events: DialEvents) {
    this.#options = options;
    this.#events = events;
    const { job = "", self, peer, crypto } = options;
    this.#hello = { job, self, peer: peer.name, nonce: crypto.secret(NONCE_BYTES) };
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  start(): void {
    const { network, clock, peer } = this.#options;
    this.#deadline = clock.after(LINK_HANDSHAKE_MS, () => {
      const text = `no answer within ${LINK_HANDSHAKE_MS} ms`;
      this.giveUp(externalError("cannot_connect", text));
    });
    network
      .connect(peer.address, (connection) => this.#open(connection))
      .catch((error: unknown) => {
        this.#end(error instanceof Error ? error : new Error(messageOf(error)));
      });
  }

  pump(channel: SendChannel): void {
    if (!this.#isLive || this.#wire === undefined) return;
    if (channel.isResumed) channel.pump(this.#wire.outbound);
    else if (channel.unacknowledged > 0) {
      const { clock, peer } = this.#options;
      const text = `worker ${peer.name} does not expect channel ${channel.id}`;
      clock.soon(() => this.#events.lost(externalError("unknown_channel", text)));
    }
  }

  flush(): void {
    this.#wire?.outbound.flush();
  }

  sayBye(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    wire.send(FRAME.bye);
    wire.end();
  }

  giveUp(error: Error | undefined): void {
    if (this.#wire === undefined) this.#end(error);
    else this.#wire.fail(error);
  }

  #open(connection: Connection): ConnectionHandler {
    const wire = new LinkWire(connection, this.#options.generation, this.#options, {
      frame: (frame) => this.#frame(frame),
      closed: (error) => this.#end(error),
    });
    if (this.#isOver) {
      wire.fail(undefined); // T3
      return wire;
    }
    this.#wire = wire;
    const { identity } = connection;
    const { name } = this.#options.peer;
    if (identity !== undefined && identity !== identityOf("worker", name)) {
      const text = `the certificate there is of ${identity}, and not of worker ${name}`;
      wire.fail(externalError("wrong_certificate", text)); // T4
      return wire;
    }
    wire.send(FRAME.hello, 0, 0, helloBytes(this.#hello));
    return wire;
  }

  /** T3 */
  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#events.closed(error, this.#refusal);
  }

  #frame(frame: Frame): void {
    if (this.#toResume >= 0) this.#liveFrame(frame);
    else if (frame.type === FRAME.challenge && this.#nonce === undefined) this.#answer(frame);
    else if (frame.type === FRAME.welcome && this.#nonce !== undefined) this.#welcome(frame);
    else if (frame.type === FRAME.refuse) this.#refused(frame);
    else throw badFrame(`type ${frame.type} before the welcome`);
  }

  #answer(frame: Frame): void {
    const { token, crypto, generation } = this.#options;
    this.#nonce = readChallenge(frame);
    const proof = proofOf("dialer", crypto, token, generation, this.#hello, this.#nonce);
    this.#wire?.send(FRAME.proof, 0, 0, plainBytes([proof]));
  }

  #welcome(frame: Frame): void {
    const { token, crypto, generation } = this.#options;
    const { proof, channels, window } = readWelcome(frame);
    const nonce = this.#nonce ?? this.#hello.nonce;
    const wanted = proofOf("listener", crypto, token, generation, this.#hello, nonce);
    if (!crypto.equal(proof, wanted)) {
      throw badFrame("the listener does not know the token of this cluster"); // T1
    }
    this.#window = window;
    this.#toResume = channels;
    this.#wire?.trust();
    if (channels === 0) this.#resumed();
  }

  #liveFrame(frame: Frame): void {
    const { type, leaderEpoch, attempt, channel, sequence } = frame;
    const { generation, peer } = this.#options;
    if (leaderEpoch !== generation.leaderEpoch || attempt !== generation.attempt) {
      throw badFrame(`generation ${leaderEpoch}.${attempt} is not ours`);
    }
    switch (type) {
      case FRAME.resume: {
        const resumed = this.#events.channel(channel);
        if (this.#toResume === 0 || resumed.isResumed) throw badFrame("a resume too many");
        resumed.resume(sequence, this.#window);
        this.#toResume--;
        break;
      }
      case FRAME.grant:
        this.#known(channel).grant(sequence);
        if (this.#isLive) this.pump(this.#known(channel));
        break;
      case FRAME.ack:
        this.#known(channel).acknowledge(sequence);
        this.#events.acknowledged();
        break;
      case FRAME.heartbeat:
        break;
      case FRAME.bye:
        this.#events.lost(externalError("peer_left", `worker ${peer.name} has ended the link`));
        break;
      case FRAME.refuse:
        this.#refused(frame);
        break;
      default:
        throw badFrame(`type ${type} from a listener`);
    }
    if (this.#toResume === 0 && !this.#isLive) this.#resumed();
  }

  #refused(frame: Frame): void {
    this.#refusal = readRefusal(frame);
    this.#wire?.fail(undefined);
  }

  /** T2 */
  #known(id: number): SendChannel {
    const channel = this.#events.channel(id);
    if (!channel.isResumed) throw badFrame(`channel ${id} was not resumed`);
    return channel;
  }

  #resumed(): void {
    this.#isLive = true;
    this.#deadline?.cancel();
    for (const channel of this.#events.channels()) this.pump(channel);
    this.#events.live();
  }
}
