/**
 * A sink for each target that the records name, opened when its first record comes.
 *
 * Owns: which targets are open, the records that wait for one that is not, who makes room.
 * Does not own: how a target's sink is made and opened (worker), the epochs (job).
 *
 * E1. At most `max` targets are open, those that are opening or closing included.
 * E2. Records of one target are written in order, also over a close and the next opening.
 * E3. A target closes only when all it was given is prepared, and committed if it commits.
 * E4. Records that wait for a target are bounded by SINK_RECORDS_MAX in total; above that the task
 *     waits, unless a barrier does: then what is inside comes out first, and the outputs of the
 *     records under way are added. What an open target holds is bounded as for any sink.
 * E5. What waits for a target at a barrier belongs to a later epoch; `sealed` tells.
 * E6. After a failure, and once it is closed, nothing is committed.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import { SINK_RECORDS_MAX } from "../model/limits.ts";
import type { StepContext } from "../model/context.ts";
import { type Delivery, type Epoch, weaker } from "../model/sink.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskControl } from "./control.ts";
import { userFailure } from "./failure.ts";
import type { OpenTarget, SinkEnd } from "./operator.ts";
import { SinkBuffer } from "./sink-buffer.ts";
import { checkTarget, SinkTarget } from "./sink-target.ts";
import { TargetRoom } from "./target-room.ts";

export interface SinkEachOptions {
  readonly name: string;
  readonly control: TaskControl;
  readonly clock: Clock;
  readonly target: (record: unknown, ctx: StepContext) => unknown;
  readonly max: number;
  readonly idleMs: number;
  /** Makes a target's sink and opens it; its errors name step and target. */
  readonly open: (target: string) => Promise<OpenTarget>;
  readonly fail: (error: unknown) => void;
  readonly warn: (text: string, target: string) => void;
  /** No target can make room before the next commit. */
  readonly onWantCommit: () => void;
}

/** What a target has prepared. The target's name finds its committer again, in any process. */
export interface TargetPending {
  readonly target: string;
  readonly pending: unknown;
}

export class SinkEach implements SinkEnd {
  readonly #options: SinkEachOptions;
  readonly #room: TargetRoom;
  readonly #targets = new Map<string, SinkTarget>();
  /** Those with a queue, by the number of its first record. */
  readonly #queued = new Set<SinkTarget>();
  #touched: SinkTarget[] = [];
  #context: StepContext | undefined = undefined;
  #waiting = 0;
  #isBlocked = false;
  #isClosed = false;
  #closing: Promise<void> | undefined = undefined;
  /** Records taken by writers that are closed. */
  #taken = 0;
  #opened = 0;
  pushed = 0;
  sealed = 0;
  /** The weakest promise of all sinks that were made; undefined before the first. */
  delivery: Delivery | undefined = undefined;

  constructor(options: SinkEachOptions) {
    this.#options = options;
    const { clock, max, idleMs, fail } = options;
    this.#room = new TargetRoom({
      clock,
      max,
      idleMs,
      fail,
      open: options.open,
      wantCommit: options.onWantCommit,
      opened: (target, opened) => this.#take(target, opened),
      closed: (target) => this.#forget(target),
      closeFailed: (target, error) => {
        const text = `sink "${options.name}": a target that was idle could not be closed`;
        options.warn(`${text}: ${messageOf(error)}`, target.name);
      },
    });
  }

  /** The context that the target function is called with. */
  bind(context: StepContext): void {
    this.#context = context;
  }

  get name(): string {
    return this.#options.name;
  }

  get records(): number {
    let total = this.#taken;
    for (const { buffer } of this.#targets.values()) total += buffer?.records ?? 0;
    return total;
  }

  get pending(): number {
    let total = this.#waiting;
    for (const { buffer } of this.#targets.values()) total += buffer?.pending ?? 0;
    return total;
  }

  get isBlocked(): boolean {
    if (this.#isBlocked) return true;
    for (const { buffer } of this.#targets.values()) if (buffer?.isBlocked === true) return true;
    return false;
  }

  push(record: unknown, time: number): void {
    const name = this.#nameOf(record);
    const number = this.pushed++;
    let target = this.#targets.get(name);
    if (target === undefined) {
      target = new SinkTarget(name);
      this.#targets.set(name, target);
    }
    if (target.state !== "open") {
      this.#wait(target, record, number);
      return;
    }
    target.buffer!.push(record, time);
    if (target.isTouched) return;
    target.isTouched = true;
    this.#touched.push(target);
    this.#room.touch(target);
  }

  flush(): void {
    if (this.#touched.length === 0) return;
    const now = this.#options.clock.monotonic();
    const touched = this.#touched;
    this.#touched = [];
    for (const target of touched) {
      target.isTouched = false;
      target.usedAt = now;
      target.buffer?.flush();
      this.#room.settled(target);
    }
  }

  async prepare(epoch: Epoch): Promise<readonly TargetPending[] | undefined> {
    const [oldest] = this.#queued;
    this.sealed = oldest?.since ?? this.pushed; // E5
    this.#room.beginEpoch(epoch);
    const preparing: Promise<TargetPending | undefined>[] = [];
    for (const target of this.#targets.values()) {
      const { buffer, preparing: last } = target;
      if (last !== undefined) preparing.push(last.then(() => undefined));
      else if (buffer !== undefined && !buffer.isPrepared) {
        preparing.push(this.#prepareOne(target, buffer, epoch));
      }
    }
    const all = await Promise.all(preparing);
    this.#room.look();
    const some = all.filter((one) => one !== undefined);
    return some.length === 0 ? undefined : some;
  }

  async commit(pending: unknown): Promise<void> {
    const all = pending as readonly TargetPending[]; // What `prepare` gave.
    await Promise.all(
      all.map(async (one) => {
        const target = this.#targets.get(one.target);
        if (this.#isClosed || target?.buffer === undefined) throw this.#closedError(); // E6
        await target.buffer.commit(one.pending);
        target.isUndecided = false;
        this.#room.settled(target);
      }),
    );
    this.#room.look();
  }

  waiting(): readonly unknown[] {
    return [...this.#queued].flatMap(({ queue }) => queue);
  }

  drain(): Promise<void> {
    return this.#room.quiet();
  }

  closeTargets(): Promise<void> {
    this.#isClosed = true;
    this.#closing ??= this.#room.close();
    return this.#closing;
  }

  stats(): Readonly<Record<string, number | string>> {
    const { max } = this.#options;
    return { open: this.#room.slots, max, opened: this.#opened, waiting: this.#waiting };
  }

  #nameOf(record: unknown): string {
    const { target, name, control } = this.#options;
    let given: unknown;
    try {
      given = target(record, this.#context!);
    } catch (cause) {
      const position = control.position();
      throw userFailure({ step: name, what: "its target function", record, position }, cause);
    }
    return checkTarget(given, name, record);
  }

  #wait(target: SinkTarget, record: unknown, number: number): void {
    const { queue } = target;
    queue.push(record);
    this.#waiting++;
    if (queue.length === 1) {
      target.since = number;
      this.#queued.add(target);
      if (target.state === "absent") this.#room.enter(target);
    }
    if (this.#waiting < SINK_RECORDS_MAX || this.#isBlocked) return;
    this.#isBlocked = true; // E4
    this.#options.control.awaitCommit();
  }

  /** A target is open: gives it what waited for it. */
  #take(target: SinkTarget, opened: OpenTarget): void {
    const { name, control, fail } = this.#options;
    const { writer, committer, delivery } = opened;
    this.delivery = weaker(delivery, this.delivery ?? delivery);
    this.#opened++;
    const buffer = new SinkBuffer({
      name: `${name}/${target.name}`,
      control,
      writer,
      committer,
      fail,
      onIdle: () => this.#room.settled(target),
    });
    target.buffer = buffer;
    const { queue } = target;
    target.queue = [];
    this.#queued.delete(target);
    this.#waiting -= queue.length;
    for (const record of queue) buffer.push(record);
    buffer.flush();
    if (!this.#isBlocked || this.#waiting > SINK_RECORDS_MAX / 2) return;
    this.#isBlocked = false;
    control.proceed();
  }

  #forget(target: SinkTarget): void {
    this.#taken += target.buffer?.records ?? 0;
    target.buffer = undefined;
    if (target.queue.length === 0) this.#targets.delete(target.name);
  }

  async #prepareOne(
    target: SinkTarget,
    buffer: SinkBuffer,
    epoch: Epoch,
  ): Promise<TargetPending | undefined> {
    target.isUndecided = target.canCommit;
    const pending = await buffer.prepare(epoch);
    if (pending !== undefined && target.canCommit) return { target: target.name, pending };
    target.isUndecided = false;
    this.#room.settled(target);
    return undefined;
  }

  #closedError(): WallarooError {
    const text = `sink "${this.name}" is closed: what its targets prepared is not committed`;
    return new WallarooError("sink_closed", text, { domain: "external" });
  }
}
