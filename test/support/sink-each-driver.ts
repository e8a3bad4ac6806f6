/** Drives a `sinkEach` as a job does: one commit at a time, and no record while the task stops. */
import { TaskControl } from "../../src/operators/control.ts";
import { SinkEach } from "../../src/operators/sink-each.ts";
import { settle } from "./connector-context.ts";
import { FakeClock } from "./fake-clock.ts";
import { TargetWorld, type TargetWorldOptions } from "./target-world.ts";

export interface DriverOptions {
  readonly max: number;
  readonly idleMs?: number;
  readonly world?: TargetWorldOptions;
}

export class SinkEachDriver {
  readonly clock = new FakeClock();
  readonly control = new TaskControl(this.clock);
  readonly world: TargetWorld;
  readonly sink: SinkEach;
  readonly pushed = new Map<string, number[]>();
  readonly errors: unknown[] = [];
  commits = 0;
  wanted = 0;
  #epoch = 0;
  #count = 0;
  #committing = false;

  constructor({ max, idleMs = 500, world }: DriverOptions) {
    this.world = new TargetWorld(world);
    this.sink = new SinkEach({
      name: "out",
      control: this.control,
      clock: this.clock,
      target: (record) => (record as { to: string }).to,
      max,
      idleMs,
      open: async (target) => {
        const sink = this.world.make(target);
        const ctx = {} as never; // These targets ask nothing of the world.
        const writer = await sink.open(ctx);
        return { writer, committer: await sink.committer?.(ctx), delivery: sink.delivery };
      },
      fail: (error) => this.errors.push(error),
      warn: (text) => this.errors.push(text),
      onWantCommit: () => this.wanted++,
    });
    this.sink.bind({} as never);
  }

  push(to: string, count: number): void {
    for (let i = 0; i < count && !this.control.stop; i++) {
      const n = this.#count++;
      const list = this.pushed.get(to) ?? [];
      this.pushed.set(to, list);
      list.push(n);
      this.sink.push({ to, n }, 0);
    }
  }

  async commit(): Promise<void> {
    if (this.#committing) return;
    this.#committing = true;
    try {
      const pending = await this.sink.prepare(++this.#epoch);
      if (pending !== undefined) await this.sink.commit(pending);
      this.commits++;
    } catch (error) {
      this.errors.push(error);
    } finally {
      this.#committing = false;
    }
  }

  /** Everything is let through, and committed, until nothing is left. */
  async finish(): Promise<void> {
    this.sink.flush();
    await this.letAll();
    let rounds = 0;
    do {
      if (++rounds > 1_000) throw new Error(`${this.sink.pending} records are stuck`);
      const committing = this.commit();
      await this.letAll();
      await committing;
    } while (this.sink.sealed !== this.sink.pushed);
    if (this.sink.pending > 0) throw new Error(`${this.sink.pending} records are left`);
    const closing = this.sink.closeTargets();
    await this.letAll();
    await closing;
  }

  async letAll(): Promise<void> {
    do await settle();
    while (this.world.letOne());
    await settle();
  }
}

/** Numbers by target, of what the world has. */
export function numbers(lists: ReadonlyMap<string, readonly unknown[]>): Map<string, number[]> {
  return new Map(
    [...lists].map(([to, list]) => [to, list.map((record) => (record as { n: number }).n)]),
  );
}
