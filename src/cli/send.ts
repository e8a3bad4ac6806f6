/** `wallaroo send`: feeds a TCP source from a file. */
import { userError } from "../base/errors.ts";
import { FRAME_KINDS } from "../model/frame.ts";
import type { Clock } from "../ports/clock.ts";
import type { Address, Connection } from "../ports/network.ts";
import { systemClock } from "../host/system-clock.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { askStatus, awaitConsumed, awaitEpoch } from "./await-consumed.ts";
import { CLIENT_OPTIONS, clusterToken } from "./cluster-client.ts";
import { sumText } from "./checksum.ts";
import { argument, command, flag, option, usageError } from "./command.ts";
import { napOf } from "./pacing.ts";
import { epochUs } from "./precise-time.ts";
import { Sender, type SendTotals } from "./sender.ts";
import { type Block, makeBlock, READ_KINDS } from "./send-block.ts";
import { readFile } from "./read-file.ts";
import { STAMP_FORMATS, type Stamp, stampBytes, stampOf } from "./stamp.ts";
import { bytesText, numberText } from "./table.ts";
import { addressText, count, duration, httpUrl, oneOf, positive, target, word } from "./values.ts";

/** How long a receiver may take to finish a stream that was ended. */
const CLOSE_MS = 10_000;
/** Between two attempts to connect. */
const CONNECT_MS = 50;

export const send = command({
  name: "send",
  summary: "feed a TCP source from a file: framed, at a rate, repeated, until consumed",
  about:
    "FILE is cut into records and each is framed: a text has a record a line (empty lines are " +
    "skipped, unless --keep-empty is given; \\r\\n counts as \\n); with --read raw it holds " +
    "frames of the same kind already. The standard input is read to its end first.\n" +
    "With a rate, the schedule is kept by the clock, whatever the receiver does (open loop); " +
    "what it delays is told as lag. At the end come the numbers of records and bytes, the sum " +
    "of the records' 32-bit FNV-1a (in any order) and the CRC-32 of the stream: `wallaroo " +
    "receive` tells the same.",
  args: {
    address: argument("HOST:PORT", "where the source listens", target),
    file: argument("FILE", "what to send; - is the standard input", word, { hint: "file" }),
  },
  options: {
    frame: option("FRAME", `one of ${FRAME_KINDS.join(", ")}`, oneOf(FRAME_KINDS), "lines", {
      hint: FRAME_KINDS,
    }),
    read: option("HOW", "how FILE holds records: lines or raw", oneOf(READ_KINDS), "lines", {
      hint: READ_KINDS,
    }),
    keepEmpty: flag("send empty lines as empty records"),
    rate: option("N", "records a second; as fast as possible without", positive),
    repeat: option("N", "send FILE N times; 0: for ever", count({ max: 1e12 }), 1),
    for: option("TIME", "stop after this long, such as 10s", duration),
    connectFor: option("TIME", "try to connect for this long", duration),
    wait: flag("return when the job has consumed everything"),
    waitFor: option("TIME", "how long --wait waits", duration, 60_000),
    http: option("URL", "the job that --wait asks", httpUrl, "http://127.0.0.1:7401"),
    data: CLIENT_OPTIONS.data,
    tokenFile: CLIENT_OPTIONS.tokenFile,
    stampAt: option("N", "write the time when a record is due at byte N of it", count()),
    stampAs: option(
      "FORMAT",
      "f64 (8 bytes) or text (16 digits), microseconds since the epoch; text for lines, else f64",
      oneOf(STAMP_FORMATS),
      undefined,
      { hint: STAMP_FORMATS },
    ),
    spin: flag("with --stamp-at: exact times for the price of a core"),
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo send 127.0.0.1:7010 text.txt --frame u32be", "each line as a frame"],
    ["wallaroo send :7010 orders.msg --frame u32be --read raw", "a file that holds frames"],
    ["wallaroo send :7010 text.txt --rate 1000 --repeat 0 --for 10s", "ten seconds at a rate"],
    ["wallaroo send :7010 text.txt --wait --http http://127.0.0.1:7401", "until it is consumed"],
    ["seq 1000 | wallaroo send :7010 -", "the standard input"],
  ],
  async run({ args, options, io }) {
    const stamp = stampOf(options.stampAt, options.stampAs, options.frame);
    if (options.spin && stamp === undefined) throw usageError("--spin is given without --stamp-at");
    const clock = systemClock();
    const { frame, read, keepEmpty } = options;
    const repeat = options.repeat === 0 ? Infinity : options.repeat;
    const name = args.file === "-" ? "standard input" : args.file;
    const file = await readFile(args.file, io);
    const block = makeBlock(file, { name, read, frame, keepEmpty, repeat });
    if (stamp !== undefined) checkRoom(block, stamp, name);
    const pace = stamp === undefined ? "timer" : options.spin ? "spin" : "sleep";
    const sender = new Sender({
      block,
      records: block.fileRecords * repeat,
      rate: options.rate,
      stamp,
      clock,
      epochUs,
      nap: napOf(pace, clock),
    });
    // Before anything is sent: who has to send it again would double it.
    const { http } = options;
    const token = options.wait ? await clusterToken(options, io.cwd) : undefined;
    const ask = askStatus(http, token);
    if (options.wait) await ask();
    const connection = await connect(args.address, sender, clock, options.connectFor ?? 0);
    const { local } = connection;
    let interrupts = 0;
    const restore = io.onInterrupt(() => {
      if (++interrupts === 1) sender.stop();
      else connection.terminate();
    });
    const timer =
      options.for === undefined ? undefined : clock.after(options.for, () => sender.stop());
    let totals: SendTotals;
    let waitedMs: number | undefined;
    try {
      totals = await sender.run(connection);
      if (options.wait) {
        const { waitFor: deadlineMs } = options;
        const { bytes } = totals;
        const start = clock.monotonic();
        const what = { target: args.address, local, bytes, deadlineMs, http, clock, ask };
        const status = await awaitConsumed(what);
        if ("cluster" in status) await awaitEpoch(http, status.job, token, deadlineMs);
        waitedMs = clock.monotonic() - start;
      }
      connection.end();
      const slow = clock.after(CLOSE_MS, () => connection.terminate());
      await sender.closed;
      slow.cancel();
    } catch (error) {
      connection.terminate();
      throw error;
    } finally {
      timer?.cancel();
      restore();
    }
    const report = { ...totals, waitedMs, target: addressText(args.address) };
    await io.stdout.write(options.json ? json(report) : people(report, options.rate));
    return 0;
  },
});

/** Connects, again and again for as long as `forMs` lasts. */
async function connect(
  address: Address,
  sender: Sender,
  clock: Clock,
  forMs: number,
): Promise<Connection> {
  const end = clock.monotonic() + forMs;
  for (;;) {
    try {
      return await tcpNetwork().connect(address, () => sender);
    } catch (error) {
      if (clock.monotonic() >= end) throw error;
      await new Promise<void>((done) => void clock.after(CONNECT_MS, done));
    }
  }
}

/** Every record must have room for its stamp. */
function checkRoom(block: Block, { at, format }: Stamp, name: string): void {
  const { ends, headerBytes, trailerBytes } = block;
  const wanted = at + stampBytes(format);
  for (let i = 0; i < block.fileRecords; i++) {
    const size = ends[i]! - (i === 0 ? 0 : ends[i - 1]!) - headerBytes - trailerBytes;
    if (size < wanted) {
      throw userError(
        "no_room",
        `${name}: record ${i + 1} has ${size} bytes, --stamp-at ${at} as ${format} needs ${wanted}`,
      );
    }
  }
}

type Report = SendTotals & { readonly target: string; readonly waitedMs: number | undefined };

function people(report: Report, rate: number | undefined): string {
  const { records, bytes, seconds, recordSum, streamCrc, lag, lagMaxMs, waitedMs } = report;
  const perSecond = seconds > 0 ? records / seconds : 0;
  const lines = [
    `sent ${numberText(records)} records, ${bytesText(bytes)} in ${seconds.toFixed(3)} s: ` +
      `${numberText(perSecond)} records/s`,
    `sum of records ${sumText(recordSum)}, CRC-32 of the stream ${sumText(streamCrc)}`,
  ];
  if (rate !== undefined) lines.push(`latest record: ${lagMaxMs.toFixed(1)} ms behind its time`);
  if (rate !== undefined && lag !== undefined && lag.count > 0) {
    const { p50Us, p99Us, p9999Us } = lag.summary();
    lines.push(`lag of records: p50 ${p50Us} us, p99 ${p99Us} us, p99.99 ${p9999Us} us`);
  }
  if (waitedMs !== undefined) lines.push(`consumed ${waitedMs.toFixed(0)} ms later`);
  return `${lines.join("\n")}\n`;
}

function json(report: Report): string {
  const { seconds, records, recordSum, streamCrc, lag, lagMaxMs, waitedMs } = report;
  return `${JSON.stringify({
    ...report,
    recordsPerSecond: seconds > 0 ? Math.round(records / seconds) : 0,
    recordSum: sumText(recordSum),
    streamCrc: sumText(streamCrc),
    lagMaxMs: Math.round(lagMaxMs * 1_000) / 1_000,
    lag: lag?.summary(),
    waitedMs: waitedMs === undefined ? undefined : Math.round(waitedMs),
  })}\n`;
}
