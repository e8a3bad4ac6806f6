/** `wallaroo receive`: listens for a TCP sink; shows or stores, counts and checks what arrives. */
import { resolve } from "node:path";
import { systemClock } from "../host/system-clock.ts";
import { FRAME_KINDS } from "../model/frame.ts";
import type { Clock } from "../ports/clock.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { sumText } from "./checksum.ts";
import { argument, command, flag, type Io, option } from "./command.ts";
import { latencyText } from "./latency-histogram.ts";
import { epochUs } from "./precise-time.ts";
import { type Ending, Receiver, type ReceiveTotals } from "./receiver.ts";
import { RecordFile, type RecordOutput, RecordPrinter } from "./record-output.ts";
import { STAMP_FORMATS, stampOf } from "./stamp.ts";
import { bytesText, numberText } from "./table.ts";
import { address, addressText, count, duration, oneOf, word } from "./values.ts";

export const receive = command({
  name: "receive",
  summary: "listen for a TCP sink: show or store records, count and check them",
  about:
    "Prints a line for each record, as text or in hexadecimal where it is none; with --out it " +
    "stores the frames instead, with --quiet or --json it only counts. Without a condition it " +
    "ends at Ctrl-C. At the end come the numbers of records and bytes, the sum of the records' " +
    "32-bit FNV-1a (in any order) and the CRC-32 of each stream, as `wallaroo send` tells them. " +
    "What does not fit (--count not met, a frame cut short, a bad frame) is told, with exit " +
    "status 1.",
  args: {
    address: argument(
      "HOST:PORT",
      "where to listen; port 0 takes a free one, which is told",
      address,
    ),
  },
  options: {
    frame: option("FRAME", `one of ${FRAME_KINDS.join(", ")}`, oneOf(FRAME_KINDS), "lines", {
      hint: FRAME_KINDS,
    }),
    out: option("FILE", "store the frames in FILE, which is emptied first", word, undefined, {
      hint: "file",
    }),
    count: option("N", "expect N records: end with them, more or fewer are an error", count()),
    for: option("TIME", "end after this long, such as 30s", duration),
    idle: option("TIME", "end when nothing came for this long, after the first", duration),
    untilClosed: flag("end when all senders have closed their connections"),
    connections: option(
      "N",
      "with --until-closed: wait for N connections first",
      count({ min: 1 }),
      1,
    ),
    stampAt: option("N", "measure latency from the time that send wrote at byte N", count()),
    stampAs: option("FORMAT", "how it was written: f64 or text", oneOf(STAMP_FORMATS), undefined, {
      hint: STAMP_FORMATS,
    }),
    quiet: flag("do not print records", { short: "q" }),
    json: flag("print only the totals, as JSON"),
  },
  examples: [
    ["wallaroo receive 127.0.0.1:7002", "show lines until Ctrl-C"],
    ["wallaroo receive :7002 --frame u32be --out results.msg --until-closed", "store frames"],
    ["wallaroo receive :7002 --count 482 --json", "count and check"],
    ["wallaroo receive :7002 --quiet --stamp-at 0 --for 30s", "latencies, with send --stamp-at 0"],
  ],
  async run({ args, options, io }) {
    const { frame, quiet, json, stampAt, stampAs } = options;
    const stamp = stampOf(stampAt, stampAs, frame);
    const clock = systemClock();
    const output = await outputOf(options.out, frame, quiet || json, io);
    const receiver = new Receiver({
      frame,
      clock,
      epochUs,
      stamp,
      count: options.count,
      idleMs: options.idle,
      untilClosed: options.untilClosed,
      connections: options.connections,
      take: output && ((table) => output.take(table)),
    });
    const listener = await tcpNetwork().listen(args.address, (connection) =>
      receiver.accept(connection),
    );
    // Whoever reads the address may already send a signal.
    const restore = io.onInterrupt(() => receiver.end("interrupt"));
    await io.stderr.write(`listening at ${addressText(listener.address)}\n`);
    const timer =
      options.for === undefined ? undefined : clock.after(options.for, () => receiver.end("time"));
    const isLive = io.stderr.hasColor && !json && (quiet || options.out !== undefined);
    const meter = isLive ? showRate(receiver, clock, io) : undefined;
    let ending: Ending;
    try {
      ending = await receiver.ended;
    } finally {
      listener.close();
      restore();
      timer?.cancel();
      await meter?.();
    }
    if (ending === "failed") throw receiver.failure;
    await output?.finish();
    const totals = receiver.totals();
    await io[json ? "stdout" : "stderr"].write(json ? jsonText(totals, ending) : people(totals));
    return await tellProblems(totals, options.count, io);
  },
});

async function outputOf(
  out: string | undefined,
  frame: (typeof FRAME_KINDS)[number],
  isQuiet: boolean,
  io: Io,
): Promise<RecordOutput | undefined> {
  if (out !== undefined) return await RecordFile.create(resolve(io.cwd, out), frame);
  return isQuiet ? undefined : new RecordPrinter(io.stdout);
}

/** A line on the terminal that is written anew each second. Returns its end. */
function showRate(receiver: Receiver, clock: Clock, io: Io): () => Promise<void> {
  let before = 0;
  let timer = clock.after(1_000, tick);
  let last: void | Promise<void> = undefined;
  function tick(): void {
    const { records, bytes, open } = receiver;
    const rate = numberText(records - before);
    before = records;
    const connections = `${open} connection${open === 1 ? "" : "s"}`;
    const totals = `${numberText(records)} records, ${bytesText(bytes)}`;
    const line = `${totals}, ${rate} records/s, ${connections}`;
    last = io.stderr.write(`\r\u001b[K${line}`);
    timer = clock.after(1_000, tick);
  }
  return async () => {
    timer.cancel();
    await last;
    await io.stderr.write("\r\u001b[K");
  };
}

/** Says what is not as it should be; the exit status. */
async function tellProblems(
  totals: ReceiveTotals,
  expected: number | undefined,
  io: Io,
): Promise<number> {
  const { records, connections, unstamped } = totals;
  const problems = connections.flatMap(({ peer, unfinishedBytes, error }) => {
    const cut = `${peer}: its stream ends within a frame, ${unfinishedBytes} bytes after the last`;
    const refused = `${peer}: ${error}`;
    return error !== undefined ? [refused] : unfinishedBytes > 0 ? [cut] : [];
  });
  if (expected !== undefined && records !== expected) {
    problems.push(`${records} records came, ${expected} were expected`);
  }
  if (unstamped > 0) {
    problems.push(`${unstamped} records have no stamp there: is --stamp-at that of send?`);
  }
  for (const problem of problems) await io.stderr.write(`error: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

function people(totals: ReceiveTotals): string {
  const { records, bytes, seconds, recordSum, connections, latency } = totals;
  const size = bytesText(bytes);
  const rate = seconds > 0 ? `: ${numberText(records / seconds)} records/s` : "";
  const lines = [
    `received ${numberText(records)} records, ${size} in ${seconds.toFixed(3)} s${rate}`,
    `sum of records ${sumText(recordSum)}`,
  ];
  for (const one of connections.slice(0, 10)) {
    lines.push(
      `${one.peer}: ${numberText(one.records)} records, ${bytesText(one.bytes)}, ` +
        `CRC-32 of the stream ${sumText(one.streamCrc)}`,
    );
  }
  if (connections.length > 10) lines.push(`and ${connections.length - 10} more connections`);
  if (latency !== undefined && latency.count > 0) {
    lines.push(`latency of ${numberText(latency.count)}: ${latencyText(latency.summary())}`);
  }
  return `${lines.join("\n")}\n`;
}

function jsonText(totals: ReceiveTotals, ending: Ending): string {
  const { records, seconds, recordSum, connections, latency } = totals;
  return `${JSON.stringify({
    ...totals,
    ending,
    recordsPerSecond: seconds > 0 ? Math.round(records / seconds) : 0,
    recordSum: sumText(recordSum),
    connections: connections.map((one) => ({ ...one, streamCrc: sumText(one.streamCrc) })),
    latency: latency?.summary(),
  })}\n`;
}
