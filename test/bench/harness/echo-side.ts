/** One echo app with its receiver, and all that was sent to it: what must come back is known. */
import { join } from "node:path";
import type { LatencySummary } from "../../../src/cli/latency-histogram.ts";
import type { Accounts } from "./accounts.ts";
import { check, type Context } from "./context.ts";
import type { Copy } from "./copies.ts";
import { sumOf } from "./echoes.ts";
import { Engine } from "./engine.ts";
import type { Requests } from "./requests.ts";
import { Receiving, send, type SendOptions, type Sent } from "./world.ts";

/** Of requests of the accounts of few, one of so many is answered. */
const EVERY = 100;
const LOOK_MS = 25;
/** The exit code of what was killed: 128 and the number of the signal. */
const KILLED = 137;

export interface SideInput {
  readonly copy: Copy;
  readonly many: Requests;
  readonly accounts: Accounts;
}

export class EchoSide {
  readonly isKept: boolean;
  readonly engine: Engine;
  readonly #ctx: Context;
  readonly #input: SideInput;
  readonly #receiving: Receiving;
  readonly #all: Sent[] = [];
  #fast = 0;
  /** Records that it had taken before it was killed. */
  #before = 0;
  #stamped = 0;

  private constructor(
    ctx: Context,
    input: SideInput,
    isKept: boolean,
    receiving: Receiving,
    engine: Engine,
  ) {
    this.#ctx = ctx;
    this.#input = input;
    this.isKept = isKept;
    this.#receiving = receiving;
    this.engine = engine;
  }

  get #sent(): number {
    return this.#all.reduce((total, { records }) => total + records, this.#fast);
  }

  /** Starts it, with checkpoints in `data` where it is kept. */
  static async start(ctx: Context, input: SideInput, isKept: boolean): Promise<EchoSide> {
    const flags = ["--frame", "u32be", "--stamp-at", "0"];
    const receiving = await Receiving.start(ctx.binary, flags);
    const set = { in: "127.0.0.1:0", out: receiving.address, every: String(EVERY) };
    const kept = isKept ? ["--data", join(ctx.folder, "data")] : [];
    const engine = new Engine(ctx.binary, input.copy, set, kept, { BUN_JSC_logGC: "1" });
    await engine.started();
    const side = new EchoSide(ctx, input, isKept, receiving, engine);
    side.#before = await engine.records();
    return side;
  }

  /** Requests that are all answered. */
  async send(file: string, options: Pick<SendOptions, "rate" | "stampAt"> = {}): Promise<Sent> {
    const address = this.engine.address("requests");
    const one = await send(this.#ctx.binary, address, { file, read: "raw", ...options });
    this.#all.push(one);
    if (options.stampAt !== undefined) this.#stamped += one.records;
    return one;
  }

  /** Requests of few accounts, as fast as it takes them. */
  async sendFast(seconds: number): Promise<void> {
    const options = { file: this.#input.many.path, read: "raw", repeat: 0, seconds } as const;
    const one = await send(this.#ctx.binary, this.engine.address("requests"), options);
    this.#fast += one.records;
  }

  /** Waits until it took all. */
  async taken(): Promise<void> {
    const all = this.#before + this.#sent;
    while ((await this.engine.records()) !== all) await Bun.sleep(LOOK_MS);
  }

  /** Waits until it took all, and has a checkpoint with it. */
  async settled(): Promise<void> {
    await this.taken();
    // One that goes on is stopped by a checkpoint.
    while (this.isKept && this.#before === 0) {
      const { cluster } = await this.engine.status();
      if (cluster?.checkpoint?.proof?.steps?.[0]?.out === this.#sent) return;
      await Bun.sleep(LOOK_MS);
    }
  }

  /** Ends it, or kills it when all is in a checkpoint. Checks the answers; gives latencies. */
  async end(how: "stop" | "kill"): Promise<LatencySummary | undefined> {
    await this.settled();
    if (how === "kill") {
      this.engine.child.kill("SIGKILL");
      await this.engine.child.end([KILLED]);
    } else await this.engine.stop();
    const few = this.#input.many.answers(this.#fast, EVERY);
    const received = await this.#receiving.totals();
    const records = this.#all.reduce((total, one) => total + one.records, few.records);
    check("answers", received.records, records);
    const sum = (sumOf(...this.#all) + few.sum) >>> 0;
    check("sum of the answers", Number.parseInt(received.recordSum, 16), sum);
    check("paired answers", received.latency?.count ?? 0, this.#stamped);
    return received.latency;
  }
}
