/** Market spread at full load for a time: what long measurements look at. */
import { join } from "node:path";
import type { Child } from "./child.ts";
import { check, type Context } from "./context.ts";
import { copyApp } from "./copies.ts";
import { Engine } from "./engine.ts";
import { checkResults, makeMarket, type Market } from "./market.ts";
import { Receiving, send, sent, startSend } from "./world.ts";

/** Between two looks at whether all was consumed. */
const LOOK_MS = 25;

export class FullLoad {
  readonly engine: Engine;
  readonly #receiving: Receiving;
  readonly #senders: readonly Child[];
  readonly #market: Market;
  readonly #stored: string;
  readonly #first: number;

  private constructor(
    engine: Engine,
    receiving: Receiving,
    senders: readonly Child[],
    market: Market,
    stored: string,
    first: number,
  ) {
    this.engine = engine;
    this.#receiving = receiving;
    this.#senders = senders;
    this.#market = market;
    this.#stored = stored;
    this.#first = first;
  }

  /** Starts it: senders send for `seconds`. */
  static async start(ctx: Context, seconds: number): Promise<FullLoad> {
    const { binary, folder, seed } = ctx;
    const market = makeMarket(folder, seed);
    const stored = join(folder, "results.msg");
    const receiving = await Receiving.start(binary, ["--frame", "u32be", "--out", stored]);
    const listen = { orders: "127.0.0.1:0", nbbo: "127.0.0.1:0", out: receiving.address };
    const engine = new Engine(binary, copyApp("market-spread", folder, seed), listen);
    await engine.started();
    const nbbo = engine.address("nbbo");
    const raw = { read: "raw", waitHttp: engine.http } as const;
    const first = await send(binary, nbbo, { ...raw, file: market.initial });
    const forever = { read: "raw", repeat: 0, seconds } as const;
    const senders = [
      startSend(binary, nbbo, { ...forever, file: market.quotes }),
      startSend(binary, engine.address("orders"), { ...forever, file: market.orders }),
    ];
    return new FullLoad(engine, receiving, senders, market, stored, first.records);
  }

  /** Waits for the senders' end, and checks that nothing was lost. Returns what was checked. */
  async end(): Promise<string> {
    const [quotes, orders] = await Promise.all(this.#senders.map((child) => sent(child)));
    const all = quotes!.records + orders!.records + this.#first;
    while ((await this.engine.records()) < all) await Bun.sleep(LOOK_MS);
    const { sources } = await this.engine.stop();
    await this.#receiving.totals();
    const taken = sources.reduce((sum, { records }) => sum + records, 0);
    check("records taken", taken, all);
    const results = checkResults(this.#stored, this.#market.expected(orders!.records));
    return `${all} records, ${results}`;
  }
}
