/**
 * One connection that somebody made to us: the listener's side of the handshake, then frames.
 *
 * U1. Until the proof was right, a stranger can make us hold a small greeting for a short time, and
 *     learns only that a greeting was refused.
 * U2. One HELLO and one PROOF, in this order; everything else closes the connection.
 * U3. Where there are certificates, nobody is taken for another worker than its own names.
 */
import { externalError } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import { identityOf } from "../model/peer-identity.ts";
import { LINK_HANDSHAKE_MS } from "../model/wire-limits.ts";
import type { Timer } from "../ports/clock.ts";
import type { Connection } from "../ports/network.ts";
import { badFrame } from "./frame-cutter.ts";
import { FRAME, type Frame } from "./frame.ts";
import type { Expectation } from "./link-expectation.ts";
import {
  NONCE_BYTES,
  plainBytes,
  proofOf,
  readHello,
  readProof,
  welcomeBytes,
  type Hello,
  type RefuseCode,
} from "./link-hello.ts";
import { LinkWire, type WirePorts } from "./link-wire.ts";

export interface GuestOptions extends WirePorts {
  readonly token: Uint8Array;
  readonly self: string;
  readonly window: number;
}

export interface GuestEvents {
  /** Whoever proved who it is: what is expected of it, or why it is refused. */
  find(hello: Hello, generation: Generation): Expectation | RefuseCode;
  /** It is known from here on. */
  known(guest: LinkGuest): void;
  refused(code: RefuseCode, hello: Hello): void;
  closed(guest: LinkGuest, error: Error | undefined): void;
}

const REFUSALS: Readonly<Record<RefuseCode, string>> = {
  not_yet: "this generation is not expected here, or not yet",
  old_generation: "there is a newer generation",
  bad_token: "the token is not the one of this cluster",
  wrong_certificate: "the certificate is another worker's",
  wrong_peer: "this is another worker",
  too_many: "there are too many connections",
  consumer_failed: "the receiver has failed",
};

const NO_GENERATION: Generation = { leaderEpoch: 0, attempt: 0 };

export class LinkGuest {
  readonly wire: LinkWire;
  readonly #options: GuestOptions;
  readonly #events: GuestEvents;
  #hello: Hello | undefined;
  readonly #nonce: Uint8Array;
  #expectation: Expectation | undefined;
  readonly #deadline: Timer;
  #isRefused = false;

  constructor(connection: Connection, options: GuestOptions, events: GuestEvents) {
    this.#options = options;
    this.#events = events;
    this.#nonce = options.crypto.secret(NONCE_BYTES);
    this.wire = new LinkWire(connection, NO_GENERATION, options, {
      frame: (frame) => this.#frame(frame),
      closed: (error) => this.#closed(error),
    });
    this.#deadline = options.clock.after(LINK_HANDSHAKE_MS, () => {
      const text = `a connection did not say who it is within ${LINK_HANDSHAKE_MS} ms`;
      this.wire.fail(externalError("no_greeting", text));
    });
  }

  /** Whether it proved who it is. */
  get isKnown(): boolean {
    return this.#expectation !== undefined;
  }

  refuse(code: RefuseCode): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    if (this.#hello !== undefined) this.#events.refused(code, this.#hello);
    this.wire.send(FRAME.refuse, 0, 0, plainBytes([code, REFUSALS[code]]));
    this.#deadline.cancel();
    this.wire.end();
  }

  #frame(frame: Frame): void {
    if (this.#isRefused) return;
    if (this.#expectation !== undefined) this.#expectation.frame(frame);
    else if (frame.type === FRAME.hello && this.#hello === undefined) this.#greet(frame);
    else if (frame.type === FRAME.proof && this.#hello !== undefined) {
      this.#prove(frame, this.#hello);
    } else throw badFrame(`type ${frame.type} before the proof`); // U2
  }

  #greet(frame: Frame): void {
    const { leaderEpoch, attempt } = frame;
    this.#hello = readHello(frame);
    this.wire.generation = { leaderEpoch, attempt };
    this.wire.send(FRAME.challenge, 0, 0, plainBytes([this.#nonce]));
  }

  #prove(frame: Frame, hello: Hello): void {
    const { token, crypto, self, window } = this.#options;
    const { generation } = this.wire;
    const wanted = proofOf("dialer", crypto, token, generation, hello, this.#nonce);
    if (!crypto.equal(readProof(frame), wanted)) {
      this.refuse("bad_token"); // U1
      return;
    }
    const { identity } = this.wire.connection;
    if (identity !== undefined && identity !== identityOf("worker", hello.self)) {
      this.refuse("wrong_certificate"); // U3
      return;
    }
    const found = hello.peer === self ? this.#events.find(hello, generation) : "wrong_peer";
    if (typeof found === "string") {
      this.refuse(found);
      return;
    }
    this.#deadline.cancel();
    const proof = proofOf("listener", crypto, token, generation, hello, this.#nonce);
    const channels = found.channels.length;
    this.wire.send(FRAME.welcome, 0, 0, welcomeBytes({ proof, channels, window }));
    this.wire.trust();
    this.#expectation = found;
    this.#events.known(this);
    found.attach(this.wire);
  }

  #closed(error: Error | undefined): void {
    this.#deadline.cancel();
    this.#expectation?.detach(this.wire);
    this.#events.closed(this, error);
  }
}
