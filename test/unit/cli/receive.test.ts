import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { receive } from "../../../src/cli/receive.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { FakeIo } from "../../support/fake-io.ts";

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Receives what is sent by connections, one after the other. */
async function received(flags: readonly string[], streams: readonly string[]): Promise<Outcome> {
  const io = new FakeIo();
  const count = String(streams.length);
  const argv = ["receive", ":0", "--until-closed", "--connections", count, ...flags];
  const status = cli(argv, io, [receive]);
  const port = Number(await io.stderr.until(/listening at 127\.0\.0\.1:(\d+)\n/));
  for (const stream of streams) {
    const closed = Promise.withResolvers<void>();
    const connection = await tcpNetwork().connect({ host: "127.0.0.1", port }, () => ({
      data: () => undefined,
      drain: () => undefined,
      close: () => closed.resolve(),
    }));
    const bytes = Buffer.from(stream, "latin1");
    expect(connection.write(bytes, 0, bytes.length)).toBe(bytes.length);
    connection.end();
    await closed.promise;
  }
  return { status: await status, out: io.stdout.text, err: io.stderr.text };
}

test("records of several senders are shown, totals told on the side", async () => {
  const { status, out, err } = await received([], ["a\nb\n", "c\n"]);
  expect(status).toBe(0);
  expect(out.split("\n").sort().join("")).toBe("abc");
  expect(err).toContain("received 3 records, 6 B");
  expect(err.match(/CRC-32 of the stream/g)).toHaveLength(2);
});

test("more or fewer records than expected are an error", async () => {
  for (const [count, came] of [
    ["3", 2],
    ["1", 2],
  ] as const) {
    const { status, err } = await received(["--count", count, "--quiet"], ["a\nb\n"]);
    expect(status).toBe(1);
    expect(err).toContain(`error: ${came} records came, ${count} were expected`);
  }
});

test("a stream that ends within a frame is an error", async () => {
  const { status, err } = await received(["--frame", "u8", "-q"], ["\u0001a\u0005b"]);
  expect(status).toBe(1);
  expect(err).toContain("its stream ends within a frame, 2 bytes after the last");
});

test("a frame over the limit is an error, what came before counts", async () => {
  const stream = "\u0000\u0000\u0000\u0001a\u007f\u0000\u0000\u0000";
  const { status, err } = await received(["--frame", "u32be"], [stream]);
  expect(status).toBe(1);
  expect(err).toContain("frame of 2130706432 bytes, limit 16777216");
  expect(err).toContain("received 1 records");
});

test("records without a stamp are told", async () => {
  const { status, err } = await received(["--stamp-at", "0", "-q"], ["a\n"]);
  expect(status).toBe(1);
  expect(err).toContain("1 records have no stamp there");
});

test("an interrupt ends it with its totals", async () => {
  const io = new FakeIo();
  const status = cli(["receive", ":0", "--json"], io, [receive]);
  await io.interrupt();
  expect(await status).toBe(0);
  expect(JSON.parse(io.stdout.text)).toMatchObject({ records: 0, ending: "interrupt" });
});

test("it ends after its time", async () => {
  const io = new FakeIo();
  expect(await cli(["receive", ":0", "--json", "--for", "1ms"], io, [receive])).toBe(0);
  expect(JSON.parse(io.stdout.text)).toMatchObject({ ending: "time" });
});

test("a port in use is told", async () => {
  const quiet = () => undefined;
  const listener = await tcpNetwork().listen({ host: "127.0.0.1", port: 0 }, quiet);
  const io = new FakeIo();
  expect(await cli(["receive", `:${listener.address.port}`], io, [receive])).toBe(1);
  expect(io.stderr.text).toContain("the port is in use");
  listener.close();
});

test.each<[string[], number, string]>([
  [[], 2, "HOST:PORT is missing"],
  [["h:x"], 2, "is no HOST:PORT"],
  [[":0", "--count", "x"], 2, '--count: "x" is no whole number'],
  [[":0", "--frames", "u8"], 2, "did you mean --frame?"],
  [[":0", "--stamp-as", "text"], 2, "without --stamp-at"],
  [[":0", "--out", ""], 2, "--out: it is empty"],
])("receive %j is refused with status %d", async (argv, status, why) => {
  const io = new FakeIo();
  expect(await cli(["receive", ...argv], io, [receive])).toBe(status);
  expect(io.stderr.text).toContain(why);
});
