/**
 * Where workers come in: nobody is listened to before the token was proved.
 *
 * Owns: connections, the handshake, its limits, counts of what was refused.
 * Does not own: who is a member (members), what messages do (coordinator).
 *
 * D1. A peer that has not proved the token costs a bounded time, memory and number of connections.
 * D2. Refusals are counted, and logged once per reason and second; never the token or a proof.
 * D3. Where there are certificates, a worker has the name that its own says.
 */
import { Throttle } from "../base/throttle.ts";
import { proofOf, NONCE_BYTES } from "../control/challenge.ts";
import { ControlChannel } from "../control/channel.ts";
import { decodeToCoordinator } from "../control/message-codec.ts";
import type { ToCoordinator, ToWorker, WorkerIntroduction } from "../control/messages.ts";
import { type Engine, incompatible } from "../control/version.ts";
import {
  CONTROL_CONNECTIONS_MAX,
  CONTROL_FRAME_BYTES_MAX,
  DEPLOY_MS,
  HANDSHAKE_MS,
  HANDSHAKES_MAX,
  HEARTBEAT_MS,
  LOG_INTERVAL_MS,
} from "../model/limits.ts";
import { identityOf } from "../model/peer-identity.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../ports/network.ts";

/** How long a peer has to read why it was refused. */
const LINGER_MS = 1_000;

export interface DoorSettings {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly network: Network;
  readonly log: Logger;
  readonly engine: Engine;
  readonly token: Uint8Array;
  /** 32 hexadecimal digits. */
  readonly cluster: string;
  readonly leaderEpoch: number;
}

export interface DoorEvents {
  /** A worker proved the token. Answer with `welcome` or `refuse`. */
  hello(connection: number, worker: WorkerIntroduction): void;
  /** The same process proved it on another connection, for its heartbeats. */
  pulse(connection: number, worker: WorkerIntroduction): void;
  message(connection: number, message: ToCoordinator): void;
  /** Something came of who was welcomed, but no whole message yet; at most once a heartbeat. */
  heard(connection: number): void;
  close(connection: number, why: string): void;
}

type Channel = ControlChannel<ToCoordinator, ToWorker>;

interface Guest {
  readonly id: number;
  readonly channel: Channel;
  readonly nonce: Uint8Array;
  step: "greeting" | "asking" | "welcome";
  /** What `welcome` proves with. */
  proof: Uint8Array | undefined;
  /** When a message was last whole, and when bytes were last told of. Monotonic ms. */
  wholeAt: number;
  heardAt: number;
}

export class Door {
  /** By reason. */
  readonly refused: Record<string, number> = {};
  readonly #settings: DoorSettings;
  readonly #events: DoorEvents;
  readonly #guests = new Map<number, Guest>();
  readonly #throttles = new Map<string, Throttle>();
  #strangers = 0;
  #lastId = 0;
  #listener: Listener | undefined;

  constructor(settings: DoorSettings, events: DoorEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  async open(address: Address): Promise<Address> {
    const { network } = this.#settings;
    this.#listener = await network.listen(address, (connection) => this.#accept(connection), {
      refused: ({ code, text, peer }) => this.#count(code, text, { peer }),
    });
    return this.#listener.address;
  }

  send(connection: number, message: ToWorker): void {
    this.#guests.get(connection)?.channel.send(message);
  }

  welcome(connection: number): void {
    const guest = this.#guests.get(connection);
    if (guest?.proof === undefined) return;
    guest.step = "welcome";
    const { proof } = guest;
    const { leaderEpoch } = this.#settings;
    guest.channel.send({ type: "welcome", leaderEpoch, proof, heartbeatMs: HEARTBEAT_MS });
  }

  refuse(connection: number, refusal: Omit<ToWorker & { type: "refuse" }, "type">): void {
    const guest = this.#guests.get(connection);
    if (guest === undefined) return;
    this.#count(refusal.code, refusal.message, guest.channel.connection);
    // What decides may give more with it, which is not the peer's.
    const { code, message, retryable } = refusal;
    guest.channel.send({ type: "refuse", code, message, retryable });
    guest.channel.end();
    // A peer that does not read is not waited for.
    this.#settings.clock.after(LINGER_MS, () => guest.channel.fail("it was refused"));
  }

  /** Counts, and says at most once a second, what is not as it should be. */
  note(reason: string, text: string): void {
    this.#count(reason, text, undefined);
  }

  closeConnection(connection: number, why: string): void {
    this.#guests.get(connection)?.channel.fail(why);
  }

  /** Nobody comes in any more; who is in is let go. */
  close(): void {
    this.#listener?.close();
    for (const { channel } of this.#guests.values()) channel.end();
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    if (this.#guests.size >= CONTROL_CONNECTIONS_MAX || this.#strangers >= HANDSHAKES_MAX) {
      this.#count("too_many_connections", "too many connections at a time", connection);
      return undefined; // D1
    }
    const { clock, crypto, engine, cluster } = this.#settings;
    const id = ++this.#lastId;
    const nonce = crypto.secret(NONCE_BYTES);
    const late = clock.after(HANDSHAKE_MS, () => {
      this.#count("slow_handshake", `no proof within ${HANDSHAKE_MS} ms`, connection);
      channel.fail("slow handshake");
    });
    const channel: Channel = new ControlChannel(connection, crypto, decodeToCoordinator, {
      heard: () => this.#heard(guest),
      message: (message) => {
        guest.wholeAt = clock.monotonic();
        if (guest.step === "greeting") {
          late.cancel();
          this.#strangers--;
          this.#greet(guest, message);
        } else this.#events.message(id, message);
      },
      close: (why) => this.#closed(guest, why, () => late.cancel()),
    });
    const now = clock.monotonic();
    const times = { wholeAt: now, heardAt: now };
    const guest: Guest = { id, channel, nonce, step: "greeting", proof: undefined, ...times };
    this.#guests.set(id, guest);
    this.#strangers++;
    // The handler is not in force yet: what is sent first is sent from a turn of its own.
    clock.soon(() => channel.send({ type: "challenge", nonce, engine, cluster }));
    return channel.handler;
  }

  /** A long message on a slow way is no silence, unless it never ends. */
  #heard(guest: Guest): void {
    const now = this.#settings.clock.monotonic();
    if (guest.step !== "welcome" || now - guest.heardAt < HEARTBEAT_MS) return;
    if (now - guest.wholeAt >= DEPLOY_MS) return;
    guest.heardAt = now;
    this.#events.heard(guest.id);
  }

  #greet(guest: Guest, message: ToCoordinator): void {
    const { crypto, token, engine, cluster } = this.#settings;
    guest.step = "asking";
    if (message.type !== "hello" && message.type !== "pulse") {
      const text = `it began with ${message.type}`;
      this.#refuse(guest, { code: "bad_message", message: text, retryable: false });
      return;
    }
    const { worker, nonce, proof } = message;
    const challenge = { nonce: guest.nonce, cluster };
    const wanted = proofOf("worker", token, challenge, { worker, nonce }, crypto);
    if (!crypto.equal(wanted, proof)) {
      const text =
        "the token is not this coordinator's: give the worker the coordinator's --token-file, or " +
        "its --data on one machine";
      this.#refuse(guest, { code: "wrong_token", message: text, retryable: false });
      return;
    }
    const { identity } = guest.channel.connection;
    if (identity !== undefined && identity !== identityOf("worker", worker.name)) {
      const text =
        `the certificate is of ${identity}, and not of worker ${worker.name}: start it with that ` +
        `name, or with a certificate for it: wallaroo ca issue ${worker.name}`;
      this.#refuse(guest, { code: "wrong_certificate", message: text, retryable: false }); // D3
      return;
    }
    const differs = incompatible(engine, worker.engine);
    if (differs !== undefined) {
      this.#refuse(guest, { code: "wrong_version", message: differs, retryable: false });
      return;
    }
    guest.proof = proofOf("coordinator", token, challenge, { worker, nonce }, crypto);
    guest.channel.trust(CONTROL_FRAME_BYTES_MAX);
    const known = reachable(worker, guest.channel.connection);
    this.#events[message.type](guest.id, known);
  }

  #refuse(guest: Guest, refusal: Omit<ToWorker & { type: "refuse" }, "type">): void {
    this.refuse(guest.id, refusal);
  }

  #closed(guest: Guest, why: string | undefined, cancel: () => void): void {
    this.#guests.delete(guest.id);
    if (guest.step === "greeting") {
      cancel();
      this.#strangers--;
      if (why !== undefined) this.#count("bad_handshake", why, guest.channel.connection);
      return;
    }
    this.#events.close(guest.id, why ?? "its connection was closed");
  }

  /** D2 */
  #count(reason: string, text: string, connection: Pick<Connection, "peer"> | undefined): void {
    const { clock, log } = this.#settings;
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
    let throttle = this.#throttles.get(reason);
    if (throttle === undefined) {
      throttle = new Throttle(LOG_INTERVAL_MS);
      this.#throttles.set(reason, throttle);
    }
    const suppressed = throttle.pass(clock.monotonic());
    if (suppressed === undefined) return;
    const peer = connection === undefined ? {} : { peer: connection.peer };
    const more = suppressed > 0 ? { suppressed } : {};
    log.warn(`refused: ${text}`, { reason, ...peer, ...more });
  }
}

/** A worker that listens at all addresses is reached where it came from. */
function reachable(worker: WorkerIntroduction, { peer }: Connection): WorkerIntroduction {
  const isAny = ["0.0.0.0", "::", ""].includes(worker.data.host);
  return isAny ? { ...worker, data: { ...worker.data, host: peer.host } } : worker;
}
