/**
 * The life of a worker process on the control plane: finds the coordinator, proves who it is, stays
 * registered, hands orders to the commander.
 *
 * Owns: the connection to the coordinator, and its making anew.
 * Does not own: what orders do (commander).
 *
 * K1. Nothing is taken from a coordinator that has not proved the token.
 * K2. A leader epoch below the highest that was seen is refused.
 * K3. While the coordinator is away the part runs on, and the worker goes on looking for it.
 */
import { backoffMs } from "../base/backoff.ts";
import { durationText } from "../base/duration.ts";
import { WallarooError } from "../base/errors.ts";
import type { ToCoordinator, WorkerIntroduction } from "../control/messages.ts";
import type { Engine } from "../control/version.ts";
import { DEPLOY_MS, REGATHER_MS, SUSPECT_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import type { AppSource } from "./app-source.ts";
import { BundleFetch } from "./bundle-fetch.ts";
import { Commander } from "./commander.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { PartMaker } from "./part-contract.ts";
import type { Pulse } from "./pulse.ts";
import { type Registered, register } from "./register.ts";

/** A coordinator that starts anew waits for workers, and who comes later has no share. */
const BACKOFF = { firstMs: 100, maxMs: REGATHER_MS / 2 };
/** How often it is said that there is none. */
const TELLING = { firstMs: 100, maxMs: 10_000 };
/** How long a name may be taken: one that died without a word is noticed within this. */
const NAME_MS = 2 * SUSPECT_MS;
/** How long one message may take to come. Behind a damaged length bytes would come for ever. */
const MESSAGE_MS = DEPLOY_MS;

export interface WorkerSettings {
  readonly name: string;
  readonly engine: Engine;
  readonly token: Uint8Array;
  /** Of the coordinators: any of them may be the one. */
  readonly coordinators: readonly Address[];
  /** Where other workers bring records. */
  readonly data: Address;
  /** Tells hosts apart. */
  readonly host: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly crypto: Crypto;
  readonly log: Logger;
  readonly apps: AppSource;
  readonly makePart: PartMaker;
  /** Opens the store of a job; the same one for the same URL. */
  readonly openStore: (url: string) => Promise<Store>;
  readonly pulse?: Pulse | undefined;
  /** Bytes of memory that this process has now. */
  readonly memory: () => number;
}

export class Worker {
  /** Rejects when the worker is refused for good; resolves after `stop`. */
  readonly done: Promise<void>;
  readonly commander: Commander;
  readonly #settings: WorkerSettings;
  readonly #incarnation: string;
  readonly #fetch: BundleFetch;
  readonly #heartbeat: Heartbeat;
  readonly #ended = Promise.withResolvers<void>();
  #registered: Registered | undefined;
  #cluster = "";
  #leaderEpoch = 0;
  #heardAt = 0;
  /** When a message was last whole. */
  #wholeAt = 0;
  #beatAt = 0;
  #isStopping = false;
  #wake: (() => void) | undefined;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    const { clock, crypto, name, log, apps, makePart, openStore } = settings;
    const send = (message: ToCoordinator): void => this.#registered?.channel.send(message);
    this.#incarnation = crypto.secret(16).toHex();
    this.#fetch = new BundleFetch({ clock, crypto, send });
    const onFatal = (error: WallarooError): void => this.#ended.reject(error);
    const parts = { worker: name, log, apps, makePart, openStore, crypto, send, onFatal };
    this.commander = new Commander({ ...parts, fetch: this.#fetch });
    this.#heartbeat = new Heartbeat(clock, (tick) => this.#beat(tick));
    this.done = this.#ended.promise;
  }

  /** Begins to look for the coordinator. */
  start(): void {
    this.#live().then(this.#ended.resolve, this.#ended.reject);
  }

  get isRegistered(): boolean {
    return this.#registered !== undefined;
  }

  /** Closes the part, says goodbye and ends. */
  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      await this.commander.close();
      this.#registered?.channel.send({ type: "bye" });
      this.#registered?.channel.end();
      this.#wake?.();
    }
    await this.done.catch(() => undefined);
  }

  /** K3 */
  async #live(): Promise<void> {
    const { clock, random, coordinators, log } = this.#settings;
    let attempt = 0;
    let tellAt = 0;
    let told = 0;
    let nameSince: number | undefined;
    while (!this.#isStopping) {
      const address = coordinators[attempt % coordinators.length]!;
      let why: string;
      try {
        why = await this.#visit(address);
        attempt = told = tellAt = 0;
        nameSince = undefined;
        if (this.#isStopping) break;
        log.warn("the connection to the coordinator is lost; what runs here runs on", { why });
      } catch (error) {
        if (!(error instanceof WallarooError) || !error.retryable) throw error;
        why = error.message;
        if (error.code !== "name_in_use") nameSince = undefined;
        else nameSince ??= clock.monotonic();
        if (nameSince !== undefined && clock.monotonic() - nameSince >= NAME_MS) throw error;
        // Said at once, then ever more seldom.
        if (clock.monotonic() >= tellAt) {
          log.warn("cannot join", { coordinator: address, why });
          tellAt = clock.monotonic() + backoffMs(told++, random.next(), TELLING);
        }
      }
      const waitMs = backoffMs(attempt++, random.next(), BACKOFF);
      await this.#wait(waitMs);
    }
  }

  /** One connection, from its making to its end. Returns why it ended. */
  async #visit(address: Address): Promise<string> {
    const { clock } = this.#settings;
    const closed = Promise.withResolvers<string>();
    const { engine, token, crypto, network } = this.#settings;
    await register({
      address,
      engine,
      token,
      crypto,
      network,
      clock,
      entered: (registered) => this.#enter(registered, address),
      introduce: () => this.#introduction(),
      leaderEpochMin: this.#leaderEpoch,
      heard: () => {
        const now = clock.monotonic();
        if (now - this.#wholeAt < MESSAGE_MS) this.#heardAt = now;
      },
      message: (message) => {
        this.#wholeAt = clock.monotonic();
        if (message.type === "bundle_chunk") this.#fetch.take(message);
        else if ("job" in message) this.commander.take(message);
        else if (message.type === "refuse") closed.resolve(message.message);
      },
      close: (why) => closed.resolve(why),
    });
    const why = await closed.promise;
    this.#heartbeat.stop();
    this.#settings.pulse?.end();
    this.#registered = undefined;
    this.#fetch.lost();
    return why;
  }

  #introduction(): WorkerIntroduction {
    const { name, engine, data, host } = this.#settings;
    return {
      name,
      incarnation: this.#incarnation,
      engine,
      data,
      host,
      cluster: this.#cluster,
      running: this.commander.running,
    };
  }

  #enter(registered: Registered, coordinator: Address): void {
    const { clock, log } = this.#settings;
    const { channel, cluster, leaderEpoch, heartbeatMs } = registered;
    if (this.#isStopping) {
      channel.end();
      return;
    }
    this.#registered = registered;
    this.#cluster = cluster;
    this.#leaderEpoch = leaderEpoch;
    this.#heardAt = clock.monotonic();
    this.#wholeAt = this.#heardAt;
    this.#beatAt = this.#heardAt;
    log.info("joined", { coordinator, leaderEpoch });
    const worker = this.#introduction();
    this.#settings.pulse?.begin({ coordinator, worker, leaderEpoch, heartbeatMs });
    this.#heartbeat.start(heartbeatMs);
  }

  #beat(tick: number): void {
    const { clock, memory } = this.#settings;
    const channel = this.#registered?.channel;
    const now = clock.monotonic();
    // Where our own loop stood still, what was said meanwhile is read behind this turn.
    if (now - this.#beatAt >= SUSPECT_MS / 2) this.#heardAt = now;
    this.#beatAt = now;
    this.#settings.pulse?.tick(tick);
    const silentMs = now - this.#heardAt;
    if (silentMs < SUSPECT_MS) channel?.send({ type: "heartbeat", tick, rss: memory() });
    else channel?.fail(`the coordinator was silent for ${durationText(SUSPECT_MS)}`);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#settings.clock.after(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
