/**
 * Who leads a cluster whose store others can reach too: one coordinator takes a lease in it and
 * renews it; a second one finds out who leads, and does not begin.
 *
 * Owns: the lease while it leads. Does not own: whether what it does is valid, which logs decide: a
 * leader that does not know yet that it is none can add nothing to them.
 *
 * D1. A lease is taken from who has it only when it did not change for LEASE_MS on the own
 *     monotonic clock, was given back, or was held by who had this very folder, whose lock is ours.
 * D2. Who finds that another one has it steps down. A store that is away proves nothing: it is
 *     asked again.
 */
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { ByteWriter } from "../base/bytes.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { atLeast, bool, text } from "../control/shape.ts";
import { LEASE_MS, LEASE_RELEASE_MS, LEASE_RENEW_MS, STORE_ATTEMPTS_MAX } from "../model/limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Held, Lease } from "../ports/lease.ts";
import type { Logger } from "../ports/logger.ts";

export interface LeadershipSettings {
  readonly lease: Lease;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Logger;
  /** Machine and folder of this coordinator: whoever had them before is dead. */
  readonly holder: string;
  /** Where it is found, for people. */
  readonly address: string;
  /** Of the store. */
  readonly url: string;
}

/** What a lease says. */
interface Tenure {
  readonly holder: string;
  readonly address: string;
  /** Of one process. */
  readonly nonce: string;
  readonly isOver: boolean;
}

/** What was read of it. */
interface Seen {
  readonly held: Held | undefined;
  /** Undefined where nobody has it, or that cannot be read. */
  readonly tenure: Tenure | undefined;
}

const LINE_MAX = 10_000;
const SHAPE = atLeast({
  holder: text(LINE_MAX),
  address: text(LINE_MAX),
  nonce: text(64),
  isOver: bool,
});

/** A record that was dropped, or a store that did not answer, while a lease was looked at. */
const PASSES: ReadonlySet<string> = new Set(["store_unavailable", "log_gap", "not_found"]);

export class Leadership {
  readonly #settings: LeadershipSettings;
  readonly #nonce: string;
  #address: string;
  /** Of what was swapped last; undefined: it has to be read. */
  #tag: number | undefined;
  #timer: Timer | undefined;
  #isOver = false;
  #renewing: Promise<void> = Promise.resolve();
  /** Monotonic ms of the last swap that is known; whether it was said that it is long ago. */
  #renewedAt = 0;
  #isLate = false;

  private constructor(settings: LeadershipSettings) {
    this.#settings = settings;
    this.#nonce = settings.crypto.secret(16).toHex();
    this.#address = settings.address;
  }

  /** Waits until nobody else leads, LEASE_MS at most.
   *  @throws {WallarooError} `not_leader` when somebody does, `store_unavailable` */
  static async take(settings: LeadershipSettings): Promise<Leadership> {
    const leadership = new Leadership(settings);
    await leadership.#take();
    return leadership;
  }

  /** Renews it from now on. `address`: where it is found, as is known now. `onLost`: another one
   *  leads. */
  keep(address: string, onLost: (error: WallarooError) => void): void {
    this.#address = address;
    this.#renewedAt = this.#settings.clock.monotonic();
    const renew = (): void => {
      this.#renewing = this.#renew().then((lost) => {
        if (this.#isOver) return;
        if (lost !== undefined) {
          this.#isOver = true;
          onLost(lost);
          return;
        }
        this.#timer = this.#settings.clock.after(LEASE_RENEW_MS, renew);
      });
    };
    renew();
  }

  /** Gives it back, so that the next one need not wait. Takes a second at most. */
  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    const { clock, lease, log } = this.#settings;
    const giving = this.#renewing.then(async () => {
      if (this.#tag !== undefined) await lease.swap(this.#value(true), this.#tag);
    });
    const late = new Promise<void>((resolve) => void clock.after(LEASE_RELEASE_MS, resolve));
    const failed = (error: unknown): void => {
      log.debug("the lease was not given back", { why: messageOf(error) });
    };
    await Promise.race([giving.catch(failed), late]);
  }

  async #take(): Promise<void> {
    const { lease, clock, log, holder } = this.#settings;
    let seen: { readonly tag: number; readonly since: number } | undefined;
    for (let failures = 0; ;) {
      const found = await this.#look(failures++);
      if (found === "failed") {
        await this.#pause();
        continue;
      }
      failures = 0;
      const { held, tenure } = found;
      if (this.#isOurs(found)) return;
      const now = clock.monotonic();
      const isFree = tenure === undefined || tenure.isOver || tenure.holder === holder;
      const isDead = seen?.tag === held?.tag && now - (seen?.since ?? now) >= LEASE_MS;
      if (held === undefined || isFree || isDead) {
        // D1
        const outcome = await lease.swap(this.#value(false), held?.tag);
        if (typeof outcome === "object") {
          this.#tag = outcome.tag;
          return;
        }
        continue;
      }
      if (seen !== undefined && seen.tag !== held.tag) throw this.#notLeader(tenure);
      if (seen === undefined) {
        log.info("another coordinator leads; it is found out whether it is alive", {
          address: tenure.address,
        });
        seen = { tag: held.tag, since: now };
      }
      await this.#pause();
    }
  }

  async #look(failures: number): Promise<Seen | "failed"> {
    try {
      return await this.#read();
    } catch (error) {
      const isPassing = error instanceof WallarooError && PASSES.has(error.code);
      if (!isPassing || failures >= STORE_ATTEMPTS_MAX) throw error;
      return "failed";
    }
  }

  async #read(): Promise<Seen> {
    const held = await this.#settings.lease.read();
    return { held, tenure: held === undefined ? undefined : tenureOf(held.value) };
  }

  /** A swap of ours whose answer did not come is ours all the same. */
  #isOurs({ held, tenure }: Seen): boolean {
    if (tenure?.nonce !== this.#nonce) return false;
    this.#tag = held!.tag;
    return true;
  }

  /** Why it leads no longer; undefined where it does, or nobody can tell. */
  async #renew(): Promise<WallarooError | undefined> {
    const { lease } = this.#settings;
    try {
      if (this.#tag === undefined) {
        const { held, tenure } = await this.#read();
        if (tenure !== undefined && tenure.nonce !== this.#nonce) return this.#notLeader(tenure);
        if (this.#isOver) return undefined;
        this.#tag = held?.tag;
      }
      const outcome = await lease.swap(this.#value(false), this.#tag);
      // Whoever has it now is read next, at once where somebody else does.
      this.#tag = typeof outcome === "object" ? outcome.tag : undefined;
      if (typeof outcome === "object") this.#renewed();
      return outcome === "lost" ? await this.#renewAfterLoss() : undefined;
    } catch (error) {
      if (error instanceof WallarooError && error.code === "fsync_failed") return error;
      this.#tag = undefined;
      this.#late(messageOf(error));
      return undefined;
    }
  }

  #renewed(): void {
    const { clock, log } = this.#settings;
    if (this.#isLate) log.info("the lease is renewed again");
    this.#renewedAt = clock.monotonic();
    this.#isLate = false;
  }

  #late(why: string): void {
    const { clock, log } = this.#settings;
    if (this.#isLate || clock.monotonic() - this.#renewedAt < LEASE_MS) return;
    this.#isLate = true;
    const text =
      "the lease of the cluster cannot be renewed: another coordinator may take the lead";
    log.warn(text, { why });
  }

  async #renewAfterLoss(): Promise<WallarooError | undefined> {
    const seen = await this.#read();
    if (this.#isOurs(seen) || seen.tenure === undefined) return undefined;
    return this.#notLeader(seen.tenure);
  }

  #value(isOver: boolean): Uint8Array {
    const { holder } = this.#settings;
    const tenure: Tenure = { holder, address: this.#address, nonce: this.#nonce, isOver };
    const into = new ByteWriter(256);
    writePlain(tenure, into);
    return into.take();
  }

  #notLeader({ address, holder }: Tenure): WallarooError {
    return externalError(
      "not_leader",
      `the coordinator at ${address} (${holder}) leads this cluster, in ${this.#settings.url}: ` +
        "stop it, or, where this is to be another cluster, name another folder with --data",
    );
  }

  async #pause(): Promise<void> {
    const { clock } = this.#settings;
    await new Promise<void>((resolve) => void clock.after(LEASE_RENEW_MS, resolve));
  }
}

/** Undefined where it cannot be read: whoever wrote it leads nothing that we know. */
function tenureOf(bytes: Uint8Array): Tenure | undefined {
  try {
    const value = readPlain(bytes, 0, bytes.length);
    return SHAPE(value, "lease") === undefined ? (value as Tenure) : undefined;
  } catch {
    return undefined;
  }
}
