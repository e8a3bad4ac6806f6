/**
 * The end of a chain: gathers records for one sink's writer.
 *
 * Owns: the records not yet taken by the writer, and whether the sink has credit.
 * Does not own: the writer's own buffers, the order of epochs (sink-epochs).
 *
 * S1. The writer sees one call at a time, and none while it prepares.
 * S2. The sink blocks its task once SINK_RECORDS_MAX records wait, and gives credit back when the
 *     writer has taken them.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import { BATCH_RECORDS_MAX, SINK_RECORDS_MAX } from "../model/limits.ts";
import type { Epoch, SinkWriter } from "../model/sink.ts";
import type { TaskControl } from "./control.ts";
import type { Output } from "./operator.ts";

export class SinkBuffer implements Output {
  readonly name: string;
  readonly #control: TaskControl;
  readonly #writer: SinkWriter<unknown>;
  readonly #fail: (error: unknown) => void;
  #records: unknown[] = [];
  #spare: unknown[] = [];
  #inFlight = 0;
  #isBusy = false;
  #isBlocked = false;
  #wrote = false;
  #idle: (() => void)[] = [];
  /** Records handed to the writer, and taken by it. */
  records = 0;

  constructor(
    name: string,
    control: TaskControl,
    writer: SinkWriter<unknown>,
    fail: (error: unknown) => void,
  ) {
    this.name = name;
    this.#control = control;
    this.#writer = writer;
    this.#fail = fail;
  }

  get pending(): number {
    return this.#records.length + this.#inFlight;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get writer(): SinkWriter<unknown> {
    return this.#writer;
  }

  push(record: unknown, _time?: number): void {
    this.#records.push(record);
    if (this.#records.length >= BATCH_RECORDS_MAX) this.#full();
  }

  /** Hands on what was gathered; called at the end of a turn. */
  flush(): void {
    if (this.#records.length > 0) this.#hand();
    if (this.#wrote && !this.#isBusy) {
      this.#wrote = false;
      this.#writer.flush();
    }
  }

  /** Resolves when everything pushed so far was taken by the writer. */
  async drain(): Promise<void> {
    while (this.#isBusy || this.#records.length > 0) {
      this.#hand();
      if (this.#isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Prepares everything taken so far as `epoch`. Call it when drained; starts at once. */
  async prepare(epoch: Epoch): Promise<unknown> {
    this.#isBusy = true;
    this.#wrote = false;
    try {
      return await this.#writer.prepare(epoch);
    } catch (error) {
      throw this.#wrap(error);
    } finally {
      this.#done();
    }
  }

  #full(): void {
    this.#hand();
    if (this.#isBusy && !this.#isBlocked && this.#records.length >= SINK_RECORDS_MAX) {
      this.#isBlocked = true;
      this.#control.block();
    }
  }

  #hand(): void {
    if (this.#isBusy || this.#records.length === 0) return;
    const batch = this.#records;
    this.#records = this.#spare;
    this.#spare = batch;
    this.#wrote = true;
    let waiting: void | Promise<void>;
    try {
      waiting = this.#writer.write(batch);
    } catch (error) {
      batch.length = 0;
      throw this.#wrap(error);
    }
    this.records += batch.length;
    if (waiting === undefined) {
      batch.length = 0;
      return;
    }
    this.#isBusy = true;
    this.#inFlight = batch.length;
    waiting.then(
      () => {
        batch.length = 0;
        this.#inFlight = 0;
        this.#done();
      },
      (error: unknown) => this.#fail(this.#wrap(error)),
    );
  }

  #done(): void {
    this.#isBusy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#records.length >= BATCH_RECORDS_MAX) this.#hand();
    if (this.#isBlocked && this.#records.length < SINK_RECORDS_MAX) {
      this.#isBlocked = false;
      this.#control.unblock();
    } else {
      this.#control.onCredit();
    }
  }

  #wrap(error: unknown): unknown {
    if (error instanceof WallarooError && error.message.includes(this.name)) return error;
    const known = error instanceof WallarooError ? error : undefined;
    return new WallarooError(known?.code ?? "sink", `sink "${this.name}": ${messageOf(error)}`, {
      domain: known?.domain ?? "external",
      cause: error,
    });
  }
}
