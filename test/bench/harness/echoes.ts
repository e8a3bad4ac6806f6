/** The two sides of the latency measurement, in the same place: the echo app and the bare echo. */
import { join } from "node:path";
import { Child } from "./child.ts";
import { check, type Context } from "./context.ts";
import type { Copy } from "./copies.ts";
import { Engine } from "./engine.ts";
import { type Received, Receiving, send, type SendOptions, type Sent } from "./world.ts";

export interface Echo {
  readonly address: string;
  readonly http: string | undefined;
  stop(): Promise<void>;
}

/** Starts what answers to `out`. */
export type StartEcho = (out: string) => Promise<Echo>;

export function wallarooEcho({ binary }: Context, copy: Copy): StartEcho {
  return async (out) => {
    const engine = new Engine(binary, copy, { in: "127.0.0.1:0", out });
    await engine.started();
    return {
      address: engine.address("requests"),
      http: engine.http,
      stop: async () => void (await engine.stop()),
    };
  };
}

export function bareEcho(): StartEcho {
  return async (out) => {
    const script = join(import.meta.dir, "../apps/bare-echo.ts");
    const child = new Child("engine", [process.execPath, script, out.split(":")[1]!]);
    const [port] = await child.line("stdout", /^\d+$/m);
    // It ends when its producer has left.
    return { address: `127.0.0.1:${port}`, http: undefined, stop: async () => void child.end() };
  };
}

export interface Exchange {
  readonly sent: Sent;
  readonly received: Received;
}

/** Sends stamped requests at a rate, pairs the answers, and checks that each came unchanged. */
export async function exchange(
  ctx: Context,
  start: StartEcho,
  options: Omit<SendOptions, "waitHttp">,
): Promise<Exchange> {
  const flags = ["--frame", "u32be", "--stamp-at", "0"];
  const receiving = await Receiving.start(ctx.binary, flags);
  const echo = await start(receiving.address);
  const sent = await send(ctx.binary, echo.address, {
    read: "raw",
    repeat: 0,
    ...options,
    ...(echo.http === undefined ? {} : { waitHttp: echo.http }),
  });
  await echo.stop();
  const received = await receiving.totals();
  check("answers", received.records, sent.records);
  check("sum of the answers", received.recordSum, sent.recordSum);
  return { sent, received };
}
