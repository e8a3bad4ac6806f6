import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli } from "../../../src/cli/cli.ts";
import { receive } from "../../../src/cli/receive.ts";
import { send } from "../../../src/cli/send.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { FakeIo } from "../../support/fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "wallaroo-send-"));
afterAll(() => rmSync(folder, { recursive: true }));

const commands = [send, receive];
const text = Array.from({ length: 5_000 }, (_, i) => `record ${i} ünï`).join("\n");
writeFileSync(join(folder, "text.txt"), text);

interface Receiving {
  readonly io: FakeIo;
  readonly at: string;
  readonly status: Promise<number>;
}

async function receiving(...flags: string[]): Promise<Receiving> {
  const io = new FakeIo({ cwd: folder });
  const status = cli(["receive", "127.0.0.1:0", "--until-closed", ...flags], io, commands);
  const at = await io.stderr.until(/listening at (\S+)\n/);
  return { io, at, status };
}

async function sending(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo({ cwd: folder });
  const status = await cli(["send", ...argv], io, commands);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

test.each(["lines", "u16be", "u32le"])(
  "what is sent as %s is received, with the same sums on both ends",
  async (frame) => {
    const { io, at, status } = await receiving("--frame", frame, "--json", "--count", "15000");
    const sent = await sending(at, "text.txt", "--frame", frame, "--repeat", "3", "--json");
    expect([sent.err, sent.status]).toEqual(["", 0]);
    expect(await status).toBe(0);
    const there = JSON.parse(io.stdout.text) as Record<string, unknown>;
    const here = JSON.parse(sent.out) as Record<string, unknown>;
    expect(here).toMatchObject({ records: 15_000 });
    for (const same of ["records", "bytes", "payloadBytes", "recordSum"]) {
      expect(there[same]).toBe(here[same]);
    }
    expect(there["connections"]).toMatchObject([{ streamCrc: here["streamCrc"] }]);
  },
);

test("what was stored can be sent again as it is", async () => {
  const first = await receiving("--frame", "u8", "--out", "stored.msg");
  await sending(first.at, "text.txt", "--frame", "u8");
  expect(await first.status).toBe(0);
  const second = await receiving("--frame", "u8");
  await sending(second.at, "stored.msg", "--frame", "u8", "--read", "raw");
  expect(await second.status).toBe(0);
  expect(second.io.stdout.text).toBe(`${text}\n`);
  expect(readFileSync(join(folder, "stored.msg")).length).toBe(Buffer.byteLength(text) + 1);
});

test("people are told what was sent", async () => {
  const { at, status } = await receiving("--quiet");
  const { out } = await sending(at, "text.txt", "--rate", "1000000");
  await status;
  expect(out).toMatch(/^sent 5,000 records, [\d.]+ kB in [\d.]+ s: [\d,]+ records\/s\n/);
  expect(out).toMatch(/sum of records [0-9a-f]{8}, CRC-32 of the stream [0-9a-f]{8}\n/);
  expect(out).toContain("behind its time");
});

test("stamps are paired at the other end", async () => {
  writeFileSync(join(folder, "room.txt"), `${"x".repeat(40)}\n`.repeat(10));
  const stamped = ["--frame", "u32be", "--stamp-at", "8"];
  const { io, at, status } = await receiving(...stamped, "--json");
  const { out } = await sending(at, "room.txt", ...stamped, "--json", "--spin", "--repeat", "5");
  expect(await status).toBe(0);
  const there = JSON.parse(io.stdout.text) as Record<string, Record<string, number>>;
  const here = JSON.parse(out) as Record<string, unknown>;
  expect(there["latency"]!["count"]).toBe(50);
  expect(there["unstamped"]).toBe(0 as never);
  expect(there["recordSum"]).toBe(here["recordSum"] as never);
});

test("--wait asks the job until it has consumed all", async () => {
  let asked = 0;
  let bytes = 0;
  let peer = "";
  const listener = await tcpNetwork().listen({ host: "127.0.0.1", port: 0 }, (connection) => {
    peer = `${connection.peer.host}:${connection.peer.port}`;
    return {
      data: (chunk) => void (bytes += chunk.length),
      drain: () => undefined,
      close: () => undefined,
    };
  });
  const job = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      asked++;
      const producers = asked < 3 ? [] : [{ peer, bytes, frames: 1, isOpen: true }];
      const source = { name: "in", addresses: [listener.address], pending: 0, producers };
      const status = { job: "j", state: "running", sources: [source], sinks: [] };
      return Response.json(status, { headers: { "x-wallaroo": "v1" } });
    },
  });
  try {
    const at = `127.0.0.1:${listener.address.port}`;
    const http = `http://127.0.0.1:${job.port}`;
    const { status, out } = await sending(at, "text.txt", "--wait", "--http", http);
    expect(status).toBe(0);
    expect(out).toMatch(/consumed \d+ ms later/);
    expect(asked).toBeGreaterThanOrEqual(3);
  } finally {
    listener.close();
    await job.stop(true);
  }
});

test("an interrupt ends an endless sending at the end of a record", async () => {
  const { io: other, at, status } = await receiving("--quiet", "--json");
  const io = new FakeIo({ cwd: folder });
  const sent = cli(["send", at, "text.txt", "--repeat", "0", "--rate", "5000"], io, commands);
  await io.interrupt();
  expect(await sent).toBe(0);
  expect(await status).toBe(0);
  const { records, connections } = JSON.parse(other.stdout.text) as {
    records: number;
    connections: { unfinishedBytes: number }[];
  };
  expect(io.stdout.text).toContain(`sent ${records.toLocaleString("en-US")} records`);
  expect(connections[0]!.unfinishedBytes).toBe(0);
});

test.each<[string[], number, string]>([
  [["127.0.0.1:1", "none.txt"], 1, "none.txt: cannot be read: there is no such file"],
  [["127.0.0.1:1", "."], 1, ". is a folder: name a file"],
  [["127.0.0.1:1"], 2, "FILE is missing"],
  [["nowhere", "text.txt"], 2, 'HOST:PORT: "nowhere" is no HOST:PORT'],
  [["127.0.0.1:70000", "text.txt"], 2, "port 70000 is not between 0 and 65535"],
  [["127.0.0.1:0", "text.txt"], 2, "port 0 is no port to connect to"],
  [["127.0.0.1:1", "text.txt", "--rate", "fast"], 2, '--rate: "fast" is no number above 0'],
  [["127.0.0.1:1", "text.txt", "--rate"], 2, "--rate needs a value"],
  [["127.0.0.1:1", "text.txt", "--repeat", "-1"], 2, "--repeat: -1 is out of range"],
  [["127.0.0.1:1", "text.txt", "--frame", "u64"], 2, '--frame: "u64" is none of'],
  [["127.0.0.1:1", "text.txt", "--spin"], 2, "--spin is given without --stamp-at"],
  [["127.0.0.1:1", "text.txt", "--stamp-at", "9"], 1, "needs 25"],
  [["127.0.0.1:1", "text.txt", "--for", "10"], 2, '--for: "10" is no duration'],
])("send %j is refused with status %d", async (argv, status, why) => {
  const refused = await sending(...argv);
  expect(refused.err).toContain(why);
  expect(refused.err).toStartWith("error: ");
  expect(refused.status).toBe(status);
  expect(refused.out).toBe("");
});

test("a port where nobody listens is told, after the time to try", async () => {
  const listener = await tcpNetwork().listen({ host: "127.0.0.1", port: 0 }, () => undefined);
  const { port } = listener.address;
  listener.close();
  const { status, err } = await sending(`:${port}`, "text.txt", "--connect-for", "60ms");
  expect([status, err]).toEqual([
    1,
    `error: cannot connect to 127.0.0.1:${port}: nobody listens there\n`,
  ]);
});
