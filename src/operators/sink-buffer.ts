/**
 * The end of a chain: gathers records for one writer.
 *
 * Owns: the records not yet taken by the writer, and whether the sink has credit.
 * Does not own: the writer's own buffers, the order of epochs (commits).
 *
 * S1. The writer sees one call at a time, and none while it prepares.
 * S2. The sink blocks its task once SINK_RECORDS_MAX records wait, and gives credit back when the
 *     writer has taken them.
 * S3. Records pushed before `prepare` are written before the writer prepares, those pushed
 *     afterwards when it has prepared. Nobody has to wait for the writer before a barrier.
 * S4. After a failure nothing more is written.
 */
import { assert } from "../base/assert.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import { BATCH_RECORDS_MAX, SINK_RECORDS_MAX } from "../model/limits.ts";
import type { Epoch } from "../model/sink.ts";
import type { TaskControl } from "./control.ts";
import type { OpenWriter, SinkEnd } from "./operator.ts";

export interface SinkBufferOptions extends OpenWriter {
  readonly name: string;
  readonly control: TaskControl;
  readonly fail: (error: unknown) => void;
  /** Called when the writer has taken what it was given late. */
  readonly onIdle?: () => void;
}

/** An epoch that begins: the records before it, and who waits for it. */
interface Barrier {
  readonly epoch: Epoch;
  readonly before: unknown[];
  readonly done: PromiseWithResolvers<unknown>;
}

export class SinkBuffer implements SinkEnd {
  readonly #options: SinkBufferOptions;
  #records: unknown[] = [];
  #spare: unknown[] | undefined = [];
  #barrier: Barrier | undefined = undefined;
  #inFlight = 0;
  #isBusy = false;
  #isBlocked = false;
  #isFlushing = false;
  /** Something was written that the writer was not told to flush. */
  #isUnflushed = false;
  #isUnprepared = false;
  records = 0;

  constructor(options: SinkBufferOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pending(): number {
    return this.#waiting + this.#inFlight;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get isPreparing(): boolean {
    return this.#barrier !== undefined;
  }

  /** Whether all that was pushed is prepared. */
  get isPrepared(): boolean {
    return !this.#isUnprepared && this.#barrier === undefined && this.pending === 0;
  }

  push(record: unknown, _time?: number): void {
    this.#records.push(record);
    if (this.#records.length >= BATCH_RECORDS_MAX) this.#full();
  }

  flush(): void {
    this.#isFlushing = true;
    this.#step();
  }

  prepare(epoch: Epoch): Promise<unknown> {
    assert(this.#barrier === undefined, "an epoch begins while another one does");
    const before = this.#records;
    this.#records = this.#takeSpare();
    const barrier = { epoch, before, done: Promise.withResolvers<unknown>() };
    this.#barrier = barrier;
    try {
      this.#step();
    } catch (error) {
      barrier.done.reject(error);
    }
    return barrier.done.promise;
  }

  async commit(pending: unknown): Promise<void> {
    try {
      await this.#options.committer?.commit(pending);
    } catch (error) {
      throw this.#wrap(error);
    }
  }

  stats(): Readonly<Record<string, number | string>> {
    return this.#options.writer.stats?.() ?? {};
  }

  async close(): Promise<void> {
    await this.#options.writer[Symbol.asyncDispose]();
  }

  /** Records that the writer was not offered yet. */
  get #waiting(): number {
    return this.#records.length + (this.#barrier?.before.length ?? 0);
  }

  #full(): void {
    this.#step();
    if (!this.#isBusy || this.#isBlocked || this.#waiting < SINK_RECORDS_MAX) return;
    this.#isBlocked = true;
    this.#options.control.block();
  }

  /** Gives the writer what it is to do next, as long as it does it at once. */
  #step(): void {
    while (!this.#isBusy) {
      const barrier = this.#barrier;
      if (barrier === undefined) {
        const count = this.#records.length;
        if (count === 0 || (count < BATCH_RECORDS_MAX && !this.#isFlushing)) break;
        const batch = this.#records;
        this.#records = this.#takeSpare();
        this.#write(batch);
      } else if (barrier.before.length > 0) {
        this.#write(barrier.before);
      } else {
        this.#begin(barrier);
      }
    }
    if (this.#isBusy || !this.#isFlushing) return;
    this.#isFlushing = false;
    if (!this.#isUnflushed) return;
    this.#isUnflushed = false;
    this.#options.writer.flush();
  }

  #write(batch: unknown[]): void {
    this.#isUnflushed = true;
    this.#isUnprepared = true;
    const count = batch.length;
    let waiting: void | Promise<void>;
    try {
      waiting = this.#options.writer.write(batch);
    } catch (error) {
      this.#isBusy = true; // S4
      throw this.#wrap(error);
    }
    this.records += count;
    if (waiting === undefined) {
      this.#written(batch);
      return;
    }
    this.#isBusy = true;
    this.#inFlight = count;
    waiting.then(
      () => {
        this.#inFlight = 0;
        this.#written(batch);
        this.#goOn();
      },
      (error: unknown) => this.#failed(this.#wrap(error)),
    );
  }

  /** The array is the runtime's again. */
  #written(batch: unknown[]): void {
    batch.length = 0;
    if (batch !== this.#barrier?.before) this.#spare = batch;
  }

  #takeSpare(): unknown[] {
    const spare = this.#spare ?? [];
    this.#spare = undefined;
    return spare;
  }

  #begin(barrier: Barrier): void {
    this.#isBusy = true;
    this.#isUnflushed = false;
    this.#isUnprepared = false;
    this.#options.writer.prepare(barrier.epoch).then(
      (pending) => {
        this.#barrier = undefined;
        this.#spare ??= barrier.before;
        barrier.done.resolve(pending);
        this.#goOn();
      },
      (error: unknown) => {
        this.#isUnprepared = true;
        barrier.done.reject(this.#wrap(error)); // S4: it stays busy.
      },
    );
  }

  /** The writer is done with what it was doing. */
  #goOn(): void {
    this.#isBusy = false;
    try {
      this.#step();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#isBlocked && this.#waiting < SINK_RECORDS_MAX) {
      this.#isBlocked = false;
      this.#options.control.unblock();
    }
    if (!this.#isBusy) this.#options.onIdle?.();
  }

  #failed(error: unknown): void {
    this.#barrier?.done.reject(error);
    this.#options.fail(error);
  }

  #wrap(error: unknown): unknown {
    const { name } = this;
    if (error instanceof WallarooError && error.message.includes(name)) return error;
    const known = error instanceof WallarooError ? error : undefined;
    return new WallarooError(known?.code ?? "sink", `sink "${name}": ${messageOf(error)}`, {
      domain: known?.domain ?? "external",
      cause: error,
    });
  }
}
