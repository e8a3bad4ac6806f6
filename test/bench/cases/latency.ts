import { type BenchCase, type Context } from "../harness/context.ts";
import { copyApp } from "../harness/copies.ts";
import { bareEcho, exchange, type StartEcho, wallarooEcho } from "../harness/echoes.ts";
import { makeRequests, type Requests } from "../harness/requests.ts";
import { type Figure, figure } from "../harness/results.ts";

const RATE = 100_000;
const SAMPLES = 1_000_000;
/** Above the bare echo, in us, at the 99.99th percentile. */
const ABOVE_BARE_US = 5_000;
/** How long each maximum is measured. */
const MAX_SECONDS = 5;
/** Before it counts: compilers are done by then. */
const WARM_SECONDS = 3;

export const latency: BenchCase = {
  name: "latency",
  about: "an echo with state, open loop, next to a bare Bun echo in its place, alternating",
  async measure(ctx) {
    const copy = copyApp("echo", ctx.folder, ctx.seed);
    const { many } = makeRequests(ctx.folder, ctx.seed);
    const wallaroo = wallarooEcho(ctx, copy);
    const details: unknown[] = [];
    const maxima: number[] = [];
    for (let i = 0; i < 3; i++) {
      // Stamped too: what stamps cost the sender and the receiver is part of what is possible.
      const options = { file: many.path, seconds: MAX_SECONDS, stampAt: 0, warmRepeats: 5 };
      const { sent, busy } = await exchange(ctx, wallaroo, options);
      maxima.push(sent.records / sent.seconds);
      details.push({ what: "maximum", sent: sent.records, seconds: sent.seconds, ...busy });
    }
    const max = figure("answers at most", "records/s", maxima);
    ctx.say(JSON.stringify(max));
    const half = Math.floor(max.median / 2);
    ctx.prefer(true);
    const slow = await atRate(ctx, wallaroo, many, RATE, details);
    ctx.prefer(false);
    const fast = await atRate(ctx, wallaroo, many, half, details);
    return {
      figures: [max, ...slow, ...fast],
      command: "run APP; send FILE --rate N --stamp-at 0; receive --stamp-at 0",
      check: "answers equal requests in number and in the sum of their FNV-1a, stamps included",
      details,
    };
  },
};

async function atRate(
  ctx: Context,
  wallaroo: StartEcho,
  many: Requests,
  rate: number,
  details: unknown[],
): Promise<Figure[]> {
  const seconds = Math.ceil(Math.max(SAMPLES / rate, ctx.seconds ?? 10) + 0.5);
  const warmRepeats = Math.ceil((WARM_SECONDS * rate) / many.count);
  const p50: number[] = [];
  const bare50: number[] = [];
  const p9999: number[] = [];
  const above: number[] = [];
  const bare9999: number[] = [];
  for (let i = 0; i < (ctx.runs ?? 5); i++) {
    const both = [];
    for (const start of [wallaroo, bareEcho()]) {
      const options = { file: many.path, rate, seconds, stampAt: 0, warmRepeats };
      const { sent, received, busy } = await exchange(ctx, start, options);
      const what = start === wallaroo ? "echo app" : "bare echo";
      const one = { what, rate, latency: received.latency, lag: sent.lag, ...busy };
      ctx.say(JSON.stringify(one));
      details.push(one);
      both.push(received.latency!);
    }
    const [app, bare] = both;
    p50.push(app!.p50Us);
    bare50.push(bare!.p50Us);
    p9999.push(app!.p9999Us);
    bare9999.push(bare!.p9999Us);
    above.push(app!.p9999Us - bare!.p9999Us);
  }
  const at = `at ${rate.toLocaleString("en-US")}/s`;
  return [
    figure(`p50 ${at}`, "us", p50, { atMost: 200 }),
    figure(`p50 of the bare echo ${at}`, "us", bare50),
    figure(`p99.99 ${at}`, "us", p9999),
    figure(`p99.99 of the bare echo ${at}`, "us", bare9999),
    figure(`p99.99 above the bare echo ${at}`, "us", above, { atMost: ABOVE_BARE_US }),
  ];
}
