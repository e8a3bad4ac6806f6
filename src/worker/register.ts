/** Makes a connection to a coordinator, and proves to each other who both are. */
import { externalError, WallarooError } from "../base/errors.ts";
import { durationText } from "../base/duration.ts";
import { NONCE_BYTES, proofOf } from "../control/challenge.ts";
import { ControlChannel } from "../control/channel.ts";
import { decodeToWorker } from "../control/message-codec.ts";
import type { ToCoordinator, ToWorker, WorkerIntroduction } from "../control/messages.ts";
import { type Engine, incompatible } from "../control/version.ts";
import { CONTROL_FRAME_BYTES_MAX, HANDSHAKE_MS } from "../model/limits.ts";
import { readIdentity } from "../model/peer-identity.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Address, Connection, Network } from "../ports/network.ts";

export interface RegisterSettings {
  readonly address: Address;
  readonly engine: Engine;
  readonly token: Uint8Array;
  readonly crypto: Crypto;
  readonly network: Network;
  readonly clock: Clock;
  /** Called when the coordinator has asked who we are. */
  readonly introduce: () => WorkerIntroduction;
  readonly leaderEpochMin: number;
  /** What the connection is for. */
  readonly greeting?: "hello" | "pulse";
  /** Called at the welcome, before anything that comes behind it. */
  readonly entered: (registered: Registered) => void;
  /** Bytes came: long messages take their time on a slow way. */
  readonly heard?: () => void;
  /** Messages behind the welcome. */
  readonly message: (message: ToWorker) => void;
  /** Called once, when a registration ends. */
  readonly close: (why: string) => void;
}

export interface Registered {
  readonly channel: ControlChannel<ToWorker, ToCoordinator>;
  readonly cluster: string;
  readonly leaderEpoch: number;
  readonly heartbeatMs: number;
}

type Challenge = ToWorker & { readonly type: "challenge" };

/** Resolves when the worker is in.
 *  @throws {WallarooError} `cannot_connect`, `wrong_version`, `wrong_token`, or a refusal */
export async function register(settings: RegisterSettings): Promise<void> {
  const { network, crypto, clock, address } = settings;
  const outcome = Promise.withResolvers<void>();
  const greeting = new Greeting(settings, outcome.resolve, outcome.reject);
  const timer = clock.after(HANDSHAKE_MS, () => greeting.late());
  const connecting = network.connect(address, (connection) => {
    greeting.channel = new ControlChannel(connection, crypto, decodeToWorker, greeting);
    const role = readIdentity(connection.identity)?.role;
    if (connection.identity !== undefined && role !== "coordinator") greeting.wrong(connection);
    // Nobody waits for it any more.
    if (greeting.isOver) clock.soon(() => connection.terminate());
    return greeting.channel.handler;
  });
  connecting.catch(outcome.reject);
  await outcome.promise.finally(() => timer.cancel());
}

/** The coordinator's messages, in the one order in which they may come. */
class Greeting {
  channel: ControlChannel<ToWorker, ToCoordinator> | undefined;
  readonly #settings: RegisterSettings;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  readonly #nonce: Uint8Array;
  #challenge: Challenge | undefined;
  #worker: WorkerIntroduction | undefined;
  #isIn = false;
  isOver = false;

  constructor(settings: RegisterSettings, resolve: () => void, reject: (error: Error) => void) {
    this.#settings = settings;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#nonce = settings.crypto.secret(NONCE_BYTES);
  }

  message(message: ToWorker): void {
    if (this.#isIn) this.#settings.message(message);
    else if (message.type === "refuse") this.#refused(message);
    else if (message.type === "challenge" && this.#challenge === undefined) this.#answer(message);
    else if (message.type === "welcome" && this.#challenge !== undefined) this.#enter(message);
    else this.#fail(externalError("bad_message", `${message.type} is out of place`));
  }

  heard(): void {
    this.#settings.heard?.();
  }

  close(why: string | undefined): void {
    const text = why ?? "the coordinator closed the connection";
    if (this.#isIn) this.#settings.close(text);
    else this.#fail(externalError("cannot_join", text));
  }

  /** Nothing is said to who is no coordinator. */
  wrong({ identity }: Connection): void {
    const text = `the certificate there is of ${identity}, which is no coordinator: see --join`;
    this.#fail(externalError("wrong_certificate", text));
  }

  late(): void {
    const text =
      `no welcome within ${durationText(HANDSHAKE_MS)}: is it a coordinator, and does it want ` +
      "TLS, or this worker and not it? Both have --tls-cert, --tls-key and --tls-ca, or neither";
    this.#fail(externalError("cannot_join", text));
  }

  #answer(challenge: Challenge): void {
    const { engine, token, crypto, introduce, greeting = "hello" } = this.#settings;
    const differs = incompatible(engine, challenge.engine);
    if (differs !== undefined) {
      this.#fail(new WallarooError("wrong_version", differs, { domain: "external" }));
      return;
    }
    const worker = introduce();
    const nonce = this.#nonce;
    this.#challenge = challenge;
    this.#worker = worker;
    const proof = proofOf("worker", token, challenge, { worker, nonce }, crypto);
    this.channel!.send({ type: greeting, worker, nonce, proof });
  }

  #enter(welcome: ToWorker & { readonly type: "welcome" }): void {
    const { token, crypto, leaderEpochMin } = this.#settings;
    const [challenge, worker, nonce] = [this.#challenge!, this.#worker!, this.#nonce];
    const wanted = proofOf("coordinator", token, challenge, { worker, nonce }, crypto);
    if (!crypto.equal(wanted, welcome.proof)) {
      const text = "who answers there does not know the token: it is no coordinator of ours";
      this.#fail(new WallarooError("wrong_token", text, { domain: "external" }));
      return;
    }
    const { leaderEpoch, heartbeatMs } = welcome;
    if (leaderEpoch < leaderEpochMin) {
      const text = `it leads with epoch ${leaderEpoch}, and ${leaderEpochMin} was seen: it is over`;
      this.#fail(externalError("old_leader", text));
      return;
    }
    this.#isIn = true;
    this.channel!.trust(CONTROL_FRAME_BYTES_MAX);
    const { cluster } = challenge;
    this.#settings.entered({ channel: this.channel!, cluster, leaderEpoch, heartbeatMs });
    this.#resolve();
  }

  #refused({ code, message, retryable }: ToWorker & { readonly type: "refuse" }): void {
    this.#fail(new WallarooError(code, message, { domain: "external", retryable }));
  }

  #fail(error: WallarooError): void {
    this.isOver = true;
    this.#reject(error);
    this.channel?.fail(error.message);
  }
}
