/**
 * Which targets of a `sinkEach` are open: slots, who waits for one, who makes room.
 *
 * Owns: the slots, the order of use, and the closing of targets.
 * Does not own: records.
 *
 * R1. A slot is taken from before a target opens until its writer is closed.
 * R2. Who makes room: the least recently used of those that are clean. At a barrier also of those
 *     that commit: they take no more records and close when the commit is done, so that targets
 *     which are always busy do not keep the others out.
 * R3. As many make room as targets wait for a slot; one that does not get done is not counted on.
 */
import { must } from "../base/assert.ts";
import { TARGET_CLOSE_MS, TARGET_LEAVE_MS } from "../model/limits.ts";
import type { Epoch } from "../model/sink.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { OpenTarget } from "./operator.ts";
import type { SinkTarget } from "./sink-target.ts";

export interface RoomOptions {
  readonly clock: Clock;
  readonly max: number;
  readonly idleMs: number;
  readonly open: (target: string) => Promise<OpenTarget>;
  /** It takes records now. */
  readonly opened: (target: SinkTarget, writer: OpenTarget) => void;
  /** Its writer is closed. */
  readonly closed: (target: SinkTarget) => void;
  readonly closeFailed: (target: SinkTarget, error: unknown) => void;
  readonly wantCommit: () => void;
  readonly fail: (error: unknown) => void;
}

const SWEEP_MS = { least: 10, most: 1_000 };

export class TargetRoom {
  readonly #options: RoomOptions;
  /** Open, the least recently used first. */
  readonly #recent = new Set<SinkTarget>();
  readonly #slotless = new Set<SinkTarget>();
  /** Leaving or closing. */
  readonly #leaving = new Set<SinkTarget>();
  readonly #quiet: (() => void)[] = [];
  #opening = 0;
  /** Of those that leave: how many are counted on. */
  #freeing = 0;
  /** Open or leaving ones that commit. */
  #committing = 0;
  /** Nobody could make room, and nothing has changed since. */
  #isHopeless = false;
  #isClosed = false;
  #epoch: Epoch = 0;
  #timer: Timer | undefined = undefined;
  /** Slots that are taken. */
  slots = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** A target without a slot has a record. */
  enter(target: SinkTarget): void {
    this.#slotless.add(target);
    this.#timer ??= this.#sweepLater();
    this.#letIn();
  }

  /** It got a record. */
  touch(target: SinkTarget): void {
    this.#recent.delete(target);
    this.#recent.add(target);
  }

  /** Much may have changed: looks through all. */
  look(): void {
    this.#isHopeless = false;
    if (this.#slotless.size > 0) this.#letIn();
  }

  /** At a barrier: those whose turn is over take no more records. */
  beginEpoch(epoch: Epoch): void {
    this.#epoch = epoch;
    for (const target of this.#recent) {
      if (this.#freeing >= this.#slotless.size) return;
      if (target.isClean || target.canCommit) this.#leave(target);
    }
  }

  /** It may have become clean. */
  settled(target: SinkTarget): void {
    if (this.#isClosed || !target.isClean) return;
    if (target.state === "leaving") {
      if (target.preparing === undefined) this.#finish(target);
    } else if (target.state === "open") {
      if (this.#freeing < this.#slotless.size) this.#leave(target);
      else this.#isHopeless = false;
    }
  }

  /** Resolves when nothing opens, and nobody waits for a slot that is about to be free. */
  async quiet(): Promise<void> {
    if (this.#isQuiet) return;
    await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  /** Closes all. @throws when some could not be closed */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const closing = [...this.#recent, ...this.#leaving].map(
      (target) => target.closing ?? must(target.buffer, "buffer").close(),
    );
    if (this.#opening > 0) closing.push(this.#untilOpened());
    this.#tellQuiet();
    const results = await Promise.allSettled(closing);
    const bad = results.filter((result) => result.status === "rejected");
    if (bad.length === 0) return;
    throw new AggregateError(
      bad.map(({ reason }) => reason as unknown),
      `${bad.length} of ${closing.length} targets could not be closed`,
    );
  }

  get #isQuiet(): boolean {
    return this.#isClosed || (this.#opening === 0 && !(this.#slotless.size > 0 && this.#freeing));
  }

  #letIn(): void {
    if (this.#isClosed) return;
    for (const target of this.#slotless) {
      if (this.slots >= this.#options.max) break;
      this.#slotless.delete(target);
      this.#open(target);
    }
    this.#makeRoom();
    this.#tellQuiet();
  }

  #makeRoom(): void {
    if (this.#isHopeless || this.#freeing >= this.#slotless.size) return;
    for (const target of this.#recent) {
      if (target.isClean) this.#leave(target);
      if (this.#freeing >= this.#slotless.size) return;
    }
    this.#isHopeless = true;
    if (this.#committing > 0) this.#options.wantCommit();
  }

  #open(target: SinkTarget): void {
    this.slots++;
    this.#opening++;
    target.state = "opening";
    this.#options
      .open(target.name)
      .then((writer) => this.#opened(target, writer))
      .catch((error: unknown) => this.#options.fail(error))
      .finally(() => {
        this.#opening--;
        this.#tellQuiet();
      });
  }

  async #opened(target: SinkTarget, writer: OpenTarget): Promise<void> {
    if (this.#isClosed) {
      await writer.writer[Symbol.asyncDispose]();
      return;
    }
    target.state = "open";
    target.usedAt = this.#options.clock.monotonic();
    target.canCommit = writer.committer !== undefined;
    if (target.canCommit) this.#committing++;
    this.#recent.add(target);
    this.#options.opened(target, writer);
    this.settled(target);
    if (target.canCommit && this.#freeing < this.#slotless.size) this.#options.wantCommit();
  }

  #leave(target: SinkTarget): void {
    target.state = "leaving";
    target.leftAt = this.#options.clock.monotonic();
    this.#recent.delete(target);
    this.#leaving.add(target);
    this.#freeing++;
    this.settled(target);
  }

  /** Closes a clean target; one that does not commit makes durable before what it was given. */
  #finish(target: SinkTarget): void {
    const buffer = must(target.buffer, "buffer");
    if (buffer.isPrepared) {
      this.#close(target);
      return;
    }
    target.preparing = buffer.prepare(this.#epoch).then(
      () => {
        target.preparing = undefined;
        if (!this.#isClosed) this.#close(target);
      },
      (error: unknown) => this.#options.fail(error),
    );
  }

  #close(target: SinkTarget): void {
    target.state = "closing";
    if (target.canCommit) this.#committing--;
    target.closing = must(target.buffer, "buffer")
      .close()
      .catch((error: unknown) => this.#options.closeFailed(target, error))
      .then(() => this.#closed(target));
  }

  #closed(target: SinkTarget): void {
    this.slots--;
    this.#leaving.delete(target);
    if (!target.isStuck) this.#freeing--;
    target.isStuck = false;
    target.closing = undefined;
    target.state = "absent";
    this.#options.closed(target);
    if (target.queue.length > 0) this.#slotless.add(target);
    this.#letIn();
  }

  #tellQuiet(): void {
    if (this.#quiet.length === 0 || !this.#isQuiet) return;
    for (const resolve of this.#quiet.splice(0)) resolve();
  }

  async #untilOpened(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(TARGET_CLOSE_MS, resolve);
    const look = (): void => {
      if (this.#opening === 0) resolve();
      else this.#quiet.push(look);
    };
    look();
    await promise;
    timer.cancel();
  }

  #sweepLater(): Timer {
    const { idleMs, clock } = this.#options;
    const delay = Math.min(Math.max(idleMs / 4, SWEEP_MS.least), SWEEP_MS.most);
    return clock.after(delay, () => {
      this.#timer = undefined;
      this.#sweep(clock.monotonic());
      if (this.slots > 0 || this.#slotless.size > 0) this.#timer = this.#sweepLater();
    });
  }

  /** Closes what was not used for long; gives up counting on what does not get done. */
  #sweep(now: number): void {
    for (const target of this.#leaving) {
      if (target.isStuck || now - target.leftAt < TARGET_LEAVE_MS) continue;
      target.isStuck = true; // R3
      this.#freeing--;
    }
    for (const target of this.#recent) {
      if (now - target.usedAt < this.#options.idleMs) break;
      if (target.isClean && !target.isTouched) this.#leave(target);
    }
    this.look();
  }
}
