/**
 * Writes files of orders and quotes: `bun apps/market-spread/make-traffic.ts FOLDER`, with
 * `--count N` records each, `--rejections N` orders that will be rejected (about), `--seed N`.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeOrders, makeQuotes, readInstruments } from "./traffic.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "350000" },
    rejections: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
  },
});
const [folder] = positionals;
const [count, rejections, seed] = [values.count, values.rejections, values.seed].map(Number);
if (folder === undefined || ![count, rejections, seed].every(Number.isSafeInteger)) {
  console.error("usage: make-traffic.ts FOLDER [--count N] [--rejections N] [--seed N]");
  process.exit(2);
}
const initial = join(import.meta.dir, "input", "350-symbols_initial-nbbo-fixish.msg");
const instruments = readInstruments(await Bun.file(initial).bytes());
const rule = { seed: seed!, count: count!, time: "20160902-15:47:53.000" };
await mkdir(folder, { recursive: true });
await Bun.write(join(folder, "nbbo.msg"), makeQuotes(instruments, rule));
const orders = makeOrders(instruments, { ...rule, rejections: rejections! });
await Bun.write(join(folder, "orders.msg"), orders);
console.log(`${folder}: nbbo.msg and orders.msg, ${count} records each`);
