/**
 * Plain TCP input that is durable before it is read: what it costs of the throughput, and how soon
 * producers are told. With and without by turns; the disk is that of the temporary folder.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { type BenchCase, check, type Context } from "../harness/context.ts";
import { type Copy, copyApp } from "../harness/copies.ts";
import { Engine, spent } from "../harness/engine.ts";
import { figure } from "../harness/results.ts";
import { send, sent, startSend } from "../harness/world.ts";
import { timeAcks } from "../harness/acks.ts";

const RECORD_BYTES = 100;
const FILE_RECORDS = 100_000;
const EVERY = 100_000;
/** Of the measurement of acknowledgements: alone, and beside a producer of so many a second. */
const ACK_RATE = 1_000;
const BESIDE_RATE = 50_000;
const ACK_SECONDS = 10;

type Level = "none" | "disk";

export const ingest: BenchCase = {
  name: "ingest",
  about: "TCP input of 100 byte records, with and without the log that makes them durable first",
  async measure(ctx) {
    const copy = copyApp("ingest", ctx.folder, ctx.seed);
    const input = join(ctx.folder, "records.bin");
    const prng = new Prng(ctx.seed);
    const framed = (): Buffer => {
      const frame = Buffer.alloc(4 + RECORD_BYTES, "x");
      frame.writeUInt32BE(RECORD_BYTES);
      frame.write(prng.u32().toString(36), 4);
      return frame;
    };
    writeFileSync(input, Buffer.concat(Array.from({ length: FILE_RECORDS }, framed)));
    const details: unknown[] = [];
    const rates: Record<Level, number[]> = { none: [], disk: [] };
    const cpu: Record<Level, number[]> = { none: [], disk: [] };
    for (let i = 0; i < (ctx.runs ?? 5); i++) {
      for (const level of ["none", "disk"] as const) {
        const one = await throughput(ctx, copy, input, level, i);
        ctx.say(JSON.stringify(one));
        details.push(one);
        rates[level].push(one.perSecond);
        cpu[level].push(one.perCpuSecond);
      }
    }
    const acks = [];
    for (const beside of [0, BESIDE_RATE]) {
      const one = await acknowledgements(ctx, copy, input, beside);
      ctx.say(JSON.stringify(one));
      details.push(one);
      acks.push(one);
    }
    const share = (of: Record<Level, number[]>): number[] =>
      of.disk.map((rate, i) => (100 * rate) / of.none[i]!);
    return {
      figures: [
        figure("records, no log", "records/s", rates.none),
        figure("records, log on disk", "records/s", rates.disk),
        figure("share of the throughput", "%", share(rates), { atLeast: 70 }),
        figure("share of the throughput, by CPU time", "%", share(cpu)),
        ...acks.flatMap(({ beside, p50, p99 }) => {
          const where = beside === 0 ? "alone" : `beside ${beside} records/s`;
          return [
            figure(`acknowledged, p50, ${where}`, "ms", [p50], { atMost: 3 }),
            figure(`acknowledged, p99, ${where}`, "ms", [p99], { atMost: 10 }),
          ];
        }),
      ],
      command: "run APP --data DIR; send FILE --read raw --repeat N",
      check: "each 100,000th count was written once, up to all that was sent; all is acknowledged",
      details,
    };
  },
};

async function engineOf(ctx: Context, copy: Copy, level: Level, name: string) {
  const target = join(ctx.folder, `out-${name}`);
  const set = { level, target, oneIn: String(EVERY) };
  const more = ["--data", join(ctx.folder, `data-${name}`)];
  const engine = new Engine(ctx.binary, copy, set, more);
  await engine.started();
  return { engine, target };
}

async function throughput(ctx: Context, copy: Copy, file: string, level: Level, run: number) {
  const { engine, target } = await engineOf(ctx, copy, level, `${level}-${run}`);
  const repeat = 20 * (ctx.seconds ?? 5);
  const from = engine.usage();
  const options = { file, read: "raw", repeat, waitHttp: engine.http } as const;
  const { records } = await send(ctx.binary, engine.address("records"), options);
  const used = spent(from, engine.usage());
  await engine.stop();
  checkCounts(target, records);
  const perSecond = records / used.elapsed;
  return { level, records, perSecond, perCpuSecond: records / used.cpuSeconds, ...used };
}

/** Of frames that one producer sends at a steady rate, from their writing. */
async function acknowledgements(ctx: Context, copy: Copy, file: string, beside: number) {
  const { engine, target } = await engineOf(ctx, copy, "disk", `acks-${beside}`);
  const address = engine.address("records");
  const seconds = ctx.seconds ?? ACK_SECONDS;
  const other =
    beside === 0
      ? undefined
      : startSend(ctx.binary, address, {
          file,
          read: "raw",
          repeat: 0,
          rate: beside,
          seconds: seconds + 2,
        });
  await Bun.sleep(1_000);
  const times = await timeAcks(address, { rate: ACK_RATE, seconds, bytes: RECORD_BYTES });
  const records = times.frames + (other === undefined ? 0 : (await sent(other)).records);
  while ((await engine.records()) < records) await Bun.sleep(25);
  await engine.stop();
  checkCounts(target, records);
  return { beside, ...times };
}

function checkCounts(folder: string, records: number): void {
  const names = readdirSync(folder).filter((one) => !one.startsWith("."));
  const counts = names
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map(Number);
  const wanted = Math.floor(records / EVERY);
  check("counts written", counts.length, wanted);
  check("each once", new Set(counts).size, wanted);
  check("the last", Math.max(0, ...counts), wanted * EVERY);
}
