/**
 * What an instance of a sink and its receiver agreed on: records, one transaction, its decision.
 * Writer and committers of a process share it: a receiver takes one connection of each.
 *
 * Owns: the link, the transaction under way, decisions and questions that wait.
 * Does not own: records before they are frames (writer), and who decides (the runtime).
 *
 * D1. Between the first phase of a transaction and its decision no record is sent or taken.
 * D2. A decision is done when the receiver, asked afterwards, does not list the transaction.
 * D3. What a receiver lost of a transaction before its decision is sent again, as long as it is
 *     kept; else it is said, and nothing is taken for committed.
 */
import type { WallarooError } from "../../base/errors.ts";
import type { SinkContext } from "../../model/sink.ts";
import type { LogFields } from "../../ports/logger.ts";
import { addressText } from "../tcp/options.ts";
import { Decisions } from "./decisions.ts";
import type { DeliveryWriter } from "./delivery-writer.ts";
import {
  awayError,
  closedError,
  fencedError,
  forgottenError,
  lostError,
  refusedError,
  slowError,
  UNSURE,
} from "./problems.ts";
import { type DeliverySettings, ReceiverLink, type ReceiverOwner } from "./receiver-link.ts";
import { type OwnTransaction, readName } from "./transactions.ts";
import { DATA_STREAM } from "./two-phase.ts";
import { Undecided } from "./undecided.ts";

export class Delivery implements ReceiverOwner {
  readonly #link: ReceiverLink;
  readonly #receiver: string;
  readonly #stream: string;
  readonly #ctx: SinkContext;
  readonly #decisions: Decisions;
  #writer: DeliveryWriter | undefined;
  #own: OwnTransaction | undefined;
  readonly #undecided: Undecided;
  #isAwake = false;
  /** Where the committed bytes end; undefined until that is known. */
  base: number | undefined;

  constructor(settings: DeliverySettings, ctx: SinkContext, base: number | undefined) {
    this.#ctx = ctx;
    this.base = base;
    this.#stream = settings.intro.stream;
    this.#undecided = new Undecided(this.#stream);
    this.#receiver = addressText(settings.address);
    this.#link = new ReceiverLink(settings, ctx, this);
    const away = (): WallarooError => awayError(this.#receiver, this.#link.problem);
    this.#decisions = new Decisions(ctx.clock, this.#link, away);
  }

  get #journal(): DeliveryWriter["journal"] | undefined {
    return this.#writer?.journal;
  }

  get offset(): number {
    return this.#journal?.start ?? this.base ?? 0;
  }

  /** D1. Whether a record may be taken. */
  get isTaking(): boolean {
    return (
      this.#undecided.isKnown &&
      this.base !== undefined &&
      this.#own === undefined &&
      this.#undecided.isEmpty &&
      this.#decisions.count === 0
    );
  }

  /** A transaction waits for its decision: there are no records behind it. */
  get isUndecided(): boolean {
    return this.#own !== undefined;
  }

  /** A writer begins; one that was there before writes no more. `base`: what it knows of. */
  attach(writer: DeliveryWriter, base: number | undefined): void {
    this.#detach(fencedError(this.#stream));
    this.#writer = writer;
    this.base = base ?? this.base; // Another process may have committed since we were here.
    if (this.base !== undefined) writer.journal.begin(this.base);
    else if (this.#link.isReady) this.#link.drop("a writer has to know where it stands");
  }

  /** The writer is closed: what it did not prepare is dropped by the receiver. */
  detach(writer: DeliveryWriter): void {
    if (this.#writer === writer) this.#detach(closedError(this.#stream));
  }

  /** Connects, once: a receiver takes one process, and who settles what was left may be another. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#link.dial();
  }

  /** Sends what can be sent. */
  pump(): void {
    do {
      if (!this.#link.isReady) return;
      const isSent = this.#journal?.send((bytes, from, to) => this.#link.write(bytes, from, to));
      if (isSent === false) return;
      const own = this.#own;
      if (own?.step === "sending") this.#ask(own);
      const isOpen = (name: string): boolean => name !== own?.name || own.step === "prepared";
      this.#failLost();
      this.#decisions.say(isOpen, this.#undecided, this.#over);
    } while (this.#writer?.moved() === true);
  }

  /** Resolves when the receiver voted yes. @throws `sink_refused`, `sink_slow`, `sink_lost` */
  async prepare(name: string, patienceMs: number): Promise<void> {
    const vote = Promise.withResolvers<void>();
    const own: OwnTransaction = { name, step: "sending", isAgain: false, vote };
    this.#own = own; // D1
    const timer = this.#ctx.clock.after(patienceMs, () => {
      own.vote.reject(slowError(this.#receiver, name, patienceMs, this.#link.problem));
    });
    this.pump();
    try {
      await own.vote.promise;
    } finally {
      timer.cancel();
    }
  }

  /** Commits or takes back a transaction, whoever prepared it. Idempotent.
   *  @throws {WallarooError} `sink_away`, `sink_forgot` */
  decide(name: string, isCommit: boolean): Promise<void> {
    const done = this.#decisions.decide(name, isCommit);
    this.wake();
    this.pump();
    return done;
  }

  /** What the receiver has undecided. @throws {WallarooError} `sink_away` */
  list(): Promise<readonly string[]> {
    const listed = this.#decisions.list();
    this.wake();
    this.pump();
    return listed;
  }

  stats(): Readonly<Record<string, number | string>> {
    return {
      receiver: this.#receiver,
      connected: this.#link.isReady ? "yes" : "no",
      reconnects: this.#link.reconnects,
      committedBytes: this.base ?? 0,
      undecided: this.#own?.name ?? "none",
    };
  }

  close(): void {
    this.#link.close();
    this.#decisions.close();
  }

  ready(undecided: readonly string[], stands: number): void {
    this.#undecided.met(undecided, stands);
    if (this.#undecided.isEmpty) this.#compare(stands);
    this.#decisions.again();
    this.#recover();
    this.#takeBack();
    this.pump();
  }

  /** Nothing is undecided: it stands where the committed bytes end, as far as it knows. */
  #compare(stands: number): void {
    if (this.base === undefined) {
      // Receivers that know nothing of it say what has no meaning.
      this.base = Number.isSafeInteger(stands) ? stands : 0;
      this.#journal?.begin(this.base);
    } else if (stands !== this.base && stands > 0 && this.#own === undefined) {
      const fields = { receiver: this.#receiver, stands, committed: this.base };
      this.#ctx.log.warn("a receiver does not stand where its committed bytes end", fields);
    }
  }

  lost(): void {
    this.#decisions.again();
  }

  voted(name: string, isYes: boolean): void {
    const own = this.#own;
    // A vote that comes twice, or too late, changes nothing.
    if (own?.name !== name || own.step !== "asked") return;
    if (isYes) {
      own.step = "prepared";
      this.#undecided.prepared(name);
      own.vote.resolve();
      this.pump();
      return;
    }
    this.#link.say({ type: "phase2", transaction: name, isCommit: false });
    if (own.isAgain) this.#decisions.fail(name, forgottenError(this.#receiver, name));
    const start = this.#journal?.start ?? 0;
    own.vote.reject(refusedError(this.#receiver, name, this.#undecided.standsBeside(start)));
    this.#reset(start);
  }

  listed(tag: bigint, undecided: readonly string[]): void {
    this.#undecided.told(undecided);
    const left = this.#decisions.listed(tag, undecided, this.#over);
    if (left !== undefined) this.#link.drop(`it lists ${left} also after its decision`);
    this.pump();
  }

  held(): LogFields {
    return { heldRecords: this.#journal?.records ?? 0, undecided: this.#own?.name ?? "none" };
  }

  /** A new connection: what of our records does the receiver still have? */
  #recover(): void {
    const journal = this.#journal;
    const own = this.#own;
    if (journal === undefined) return;
    if (own !== undefined && this.#undecided.has(own.name)) {
      // It has them all. Whether it voted yes, only it knows.
      if (own.step === "asked") own.step = "sending";
      return;
    }
    const isSaid = own !== undefined && this.#decisions.isSaid(own.name);
    if (isSaid && !this.#undecided.hasLost(own.name)) return; // D2
    const isPrepared = own?.step === "prepared";
    if (journal.hasSent && !journal.rewind()) {
      if (isPrepared) this.#decisions.fail(own.name, forgottenError(this.#receiver, own.name));
      const error = lostError(this.#receiver, journal.end - journal.start);
      own?.vote.reject(error);
      this.#writer?.failed(error);
      return;
    }
    if (own === undefined) return;
    own.step = "sending";
    if (!isPrepared) return;
    own.isAgain = true; // D3
    const fields = { receiver: this.#receiver, transaction: own.name };
    this.#ctx.log.warn("a receiver lost what it had prepared: it is sent again", fields);
  }

  /** Before records come, all that is to commit is committed: nobody knows of what is left. */
  #takeBack(): void {
    for (const transaction of this.#undecided.leftBy(this.#writer?.generation ?? -1)) {
      if (transaction === this.#own?.name || this.#decisions.has(transaction)) continue;
      const fields = { receiver: this.#receiver, transaction };
      this.#ctx.log.warn("a transaction that an earlier run left undecided is taken back", fields);
      this.#decisions.decide(transaction, false).catch(() => undefined); // It is tried again.
    }
  }

  /** Commits of what the receiver has lost, and of which nobody here has the records. */
  #failLost(): void {
    for (const name of this.#decisions.commits()) {
      if (name === this.#own?.name || !this.#undecided.hasLost(name)) continue;
      this.#decisions.fail(name, forgottenError(this.#receiver, name));
    }
  }

  #ask(own: OwnTransaction): void {
    own.step = "asked";
    const { start, end } = this.#journal!;
    const range = { stream: DATA_STREAM, start: BigInt(start), end: BigInt(end) };
    this.#link.say({ type: "phase1", transaction: own.name, where: [range] });
  }

  /** A transaction is decided. */
  readonly #over = (name: string, isCommit: boolean, wasSaid: boolean): void => {
    const isOwn = this.#own?.name === name;
    const isUnsure = isCommit && this.#undecided.isUnsure(name);
    if (isUnsure) this.#ctx.log.warn(UNSURE, { receiver: this.#receiver, transaction: name });
    this.#undecided.decided(name);
    const place = readName(this.#stream, name);
    if (place === undefined) return;
    if (isCommit) this.base = Math.max(this.base ?? 0, place.end);
    else if (wasSaid || isOwn) this.base = place.start;
    if (this.base === undefined) return;
    if (isOwn || this.#journal?.records === 0) this.#reset(this.base);
  };

  #reset(offset: number): void {
    this.#own = undefined;
    this.base = offset;
    this.#journal?.begin(offset);
  }

  #detach(error: WallarooError): void {
    const isInside = this.#journal?.hasSent === true && this.#own?.step !== "prepared";
    this.#own?.vote.reject(error);
    this.#writer?.failed(error);
    this.#own = undefined;
    this.#writer = undefined;
    if (isInside) this.#link.drop("its writer is closed: the next begins where it has committed");
  }
}
