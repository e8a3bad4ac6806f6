/** The two sides of the latency measurement, in the same place: the echo app and the bare echo. */
import { join } from "node:path";
import { Child } from "./child.ts";
import { check, type Context } from "./context.ts";
import type { Copy } from "./copies.ts";
import { Engine } from "./engine.ts";
import { type Busy, busySince, coreTicks } from "./machine.ts";
import { type Received, Receiving, send, type SendOptions, type Sent } from "./world.ts";

export interface Echo {
  readonly address: string;
  /** Lets it end, once it has answered all. */
  stop(): Promise<void>;
}

/** Starts what answers to `out`. */
export type StartEcho = (out: string) => Promise<Echo>;

export function wallarooEcho({ binary }: Context, copy: Copy): StartEcho {
  return async (out) => {
    const engine = new Engine(binary, copy, { in: "127.0.0.1:0", out });
    await engine.started();
    return { address: engine.address("requests"), stop: async () => void (await engine.stop()) };
  };
}

export function bareEcho(): StartEcho {
  return async (out) => {
    const script = join(import.meta.dir, "../apps/bare-echo.ts");
    const child = new Child("engine", [process.execPath, script, out.split(":")[1]!]);
    const [port] = await child.line("stdout", /^\d+$/m);
    return {
      address: `127.0.0.1:${port}`,
      async stop() {
        child.kill("SIGTERM");
        await child.end();
      },
    };
  };
}

export interface Exchange {
  readonly sent: Sent;
  readonly received: Received;
  /** How busy both cores were with everything. */
  readonly busy: Busy;
}

/** Long enough for the last answers to have left before what answers is stopped. */
const SETTLE_MS = 500;

export interface ExchangeOptions extends Pick<SendOptions, "rate" | "seconds" | "stampAt"> {
  readonly file: string;
  /** How often the file is sent before, at the same rate and without stamps, to warm up. */
  readonly warmRepeats: number;
}

/** Sends requests, pairs the answers where they are stamped, checks that each came unchanged. */
export async function exchange(
  ctx: Context,
  start: StartEcho,
  { file, warmRepeats, rate, seconds, stampAt }: ExchangeOptions,
): Promise<Exchange> {
  const flags = ["--frame", "u32be", "--stamp-at", "0"];
  const receiving = await Receiving.start(ctx.binary, flags);
  const echo = await start(receiving.address);
  const both = { file, read: "raw", ...(rate === undefined ? {} : { rate }) } as const;
  const warm = await send(ctx.binary, echo.address, { ...both, repeat: warmRepeats });
  await Bun.sleep(SETTLE_MS);
  const before = coreTicks();
  const sent = await send(ctx.binary, echo.address, {
    ...both,
    repeat: 0,
    ...(seconds === undefined ? {} : { seconds }),
    ...(stampAt === undefined ? {} : { stampAt }),
  });
  const busy = busySince(before);
  await Bun.sleep(SETTLE_MS);
  await echo.stop();
  const received = await receiving.totals();
  check("answers", received.records, warm.records + sent.records);
  check("sum of the answers", Number.parseInt(received.recordSum, 16), sumOf(warm, sent));
  if (stampAt !== undefined) check("paired answers", received.latency?.count, sent.records);
  return { sent, received, busy };
}

/** The sum of the records of several senders. */
export function sumOf(...all: readonly Sent[]): number {
  return all.reduce((sum, one) => (sum + Number.parseInt(one.recordSum, 16)) >>> 0, 0);
}
