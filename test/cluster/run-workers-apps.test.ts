/** Every app that ships, with 1, 2 and 3 processes: the same results, as a multiset per sink. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { wasRejected } from "../../apps/market-spread/check.ts";
import { startService } from "../../apps/enrich/service.ts";
import { AppFolder } from "../support/app-folder.ts";
import { binary } from "../support/binary.ts";
import { LineReader } from "../support/lines.ts";
import { LocalRun, receiver } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const APPS = join(import.meta.dir, "..", "..", "apps");
const WORKERS = [1, 2, 3];
const folder = new AppFolder();
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

interface Feed {
  readonly source: string;
  readonly file: string;
  readonly words: readonly string[];
}

interface Case {
  readonly name: string;
  /** Options that hold the address of a source, and of a sink. */
  readonly ins: readonly string[];
  readonly outs: readonly string[];
  /** One after the other. */
  readonly feeds: readonly Feed[];
  /** Records of one connection. */
  readonly records: (bytes: Buffer) => readonly string[];
}

const lines = (bytes: Buffer): string[] => bytes.toString().split("\n").slice(0, -1);

/** Frames with a length of 32 bits before them, as hexadecimal text. */
function frames(bytes: Buffer): string[] {
  const all: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    all.push(bytes.toString("hex", at + 4, end));
    at = end;
  }
  return all;
}

const RAW = ["--frame", "u32be", "--read", "raw"];
const QUOTES = "350-symbols_initial-nbbo-fixish.msg";
const CASES: readonly Case[] = [
  {
    name: "word-count",
    ins: ["in"],
    outs: ["out"],
    feeds: [{ source: "lines", file: "bill_of_rights.txt", words: ["--frame", "u32be"] }],
    records: lines,
  },
  {
    name: "alphabet",
    ins: ["in"],
    outs: ["out"],
    feeds: [{ source: "votes", file: "partitioned.msg", words: RAW }],
    records: lines,
  },
  {
    name: "celsius",
    ins: ["in"],
    outs: ["out"],
    feeds: [{ source: "celsius", file: "celsius.msg", words: RAW }],
    records: frames,
  },
  {
    name: "market-spread",
    ins: ["orders", "nbbo"],
    outs: ["out"],
    feeds: [
      { source: "nbbo", file: QUOTES, words: RAW },
      { source: "orders", file: "1000-orders.msg", words: RAW },
    ],
    records: wasRejected,
  },
  {
    name: "payments",
    ins: ["in"],
    outs: ["ledger", "suspicious"],
    feeds: [{ source: "payments", file: "payments.jsonl", words: [] }],
    records: lines,
  },
];

/** All sinks, each a sorted list. */
async function results(one: Case, workers: number): Promise<readonly (readonly string[])[]> {
  const outs = one.outs.map(() => receiver());
  using stack = new DisposableStack();
  for (const out of outs) stack.use(out);
  const set = {
    ...Object.fromEntries(one.ins.map((option) => [option, "127.0.0.1:0"])),
    ...Object.fromEntries(one.outs.map((option, i) => [option, outs[i]!.address])),
  };
  const run = await LocalRun.start({ app: join(APPS, one.name), workers, cwd: APPS, set });
  const { sources } = await run.started();
  for (const { source, file, words } of one.feeds) {
    const { port } = sources.find(({ name }) => name === source)!.addresses[0]!;
    await run.send(port, join(APPS, one.name, "input", file), ...words);
  }
  run.child.kill("SIGTERM");
  const { status } = await run.ended();
  expect([await run.child.exited, status.state, status.cluster.restarts]).toEqual([
    0,
    "stopped",
    0,
  ]);
  const got = outs.map((out) => out.received().flatMap((bytes) => one.records(bytes)));
  expect(got.map(({ length }) => length)).toEqual(status.sinks.map(({ records }) => records));
  return got.map((records) => records.toSorted());
}

test.each(CASES)("$name gives the same with 1, 2 and 3 workers", async (one) => {
  const [alone, ...others] = await Promise.all(WORKERS.map((workers) => results(one, workers)));
  expect(alone!.every(({ length }) => length > 0)).toBeTrue();
  for (const other of others) expect(other).toEqual(alone!);
  if (one.name !== "word-count") return;
  expect(alone![0]).toHaveLength(482);
  const last = new Map<string, number>();
  for (const line of alone![0]!) {
    const [, word, count] = /^(.*) => (\d+)$/.exec(line)!;
    last.set(word!, Math.max(last.get(word!) ?? 0, Number(count)));
  }
  const expected = join(APPS, "word-count", "expected", "bill_of_rights.expected.json");
  const counts = Object.fromEntries(last);
  expect(Object.keys(counts)).toHaveLength(217);
  expect(counts).toEqual(JSON.parse(readFileSync(expected, "utf8")) as typeof counts);
});

test.each(["alerts-stateless", "alerts-stateful"])(
  "%s makes its input itself, and gives what is expected with 1, 2 and 3 workers",
  async (name) => {
    const expected = join(APPS, name, "expected", "first-1000.txt");
    const wanted = lines(readFileSync(expected)).toSorted();
    const all = WORKERS.map(async (workers) => {
      const set = { count: "1000" };
      const run = await LocalRun.start({ app: join(APPS, name), workers, cwd: APPS, set }, true);
      await run.started();
      const { reason, status } = await run.ended();
      expect([reason, status.state]).toEqual(["all input was consumed", "finished"]);
      expect(await run.child.exited).toBe(0);
      expect(lines(Buffer.from(await run.output())).toSorted()).toEqual(wanted);
    });
    await Promise.all(all);
  },
);

test.each(WORKERS)("accounts answers its producer in order with %d workers", async (workers) => {
  const read = (path: string): string => readFileSync(join(APPS, "accounts", path), "utf8");
  const set = { in: "127.0.0.1:0" };
  const run = await LocalRun.start({ app: join(APPS, "accounts"), workers, cwd: APPS, set });
  const { sources } = await run.started();
  const answers = await ask(sources[0]!.addresses[0]!.port, read("input/requests.txt"));
  expect(answers).toBe(read("expected/answers.txt"));
  run.child.kill("SIGTERM");
  expect(await run.child.exited).toBe(0);
});

/** Sends requests, one when the answer to the one before is there; gives all answers. */
async function ask(port: number, requests: string): Promise<string> {
  const chunks = new TransformStream<Uint8Array, Uint8Array>();
  const writer = chunks.writable.getWriter();
  const reader = new LineReader(chunks.readable);
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_, chunk) => void writer.write(chunk.slice()) },
  });
  let answers = "";
  for (const request of requests.split("\n").slice(0, -1)) {
    socket.write(`${request}\n`);
    answers += `${await reader.next()}\n`;
  }
  socket.end();
  return answers;
}

test("enrich asks its service and gives the same with 1, 2 and 3 workers", async () => {
  const service = startService({ port: 0, delayMs: 0, failEvery: 0 });
  using _ = { [Symbol.dispose]: () => service.stop() };
  const all = WORKERS.map(async (workers) => {
    const out = join(folder.path, `enrich-${workers}`);
    mkdirSync(out);
    const set = {
      in: join(APPS, "enrich", "input", "orders.jsonl"),
      service: `127.0.0.1:${service.port}`,
      out: join(out, "enriched"),
      failed: join(out, "failed"),
    };
    const run = await LocalRun.start({ app: join(APPS, "enrich"), workers, cwd: APPS, set });
    await run.started();
    expect((await run.ended()).status.state).toBe("finished");
    expect(await run.child.exited).toBe(0);
    return ["enriched", "failed"].map((name) => linesIn(join(out, name)));
  });
  const [alone, ...others] = await Promise.all(all);
  expect(alone!.flat()).not.toHaveLength(0);
  for (const other of others) expect(other).toEqual(alone!);
});

function linesIn(path: string): readonly string[] {
  const files = readdirSync(path).filter((name) => !name.startsWith("."));
  return files.flatMap((name) => lines(readFileSync(join(path, name)))).sort();
}
