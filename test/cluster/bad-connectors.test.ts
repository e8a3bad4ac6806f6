/** Producers of the connector protocol that do it wrong, at the real binary. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppFolder } from "../support/app-folder.ts";
import { binary, lineOf, restOf, startBinary } from "../support/binary.ts";
import { COOKIE, NEVER, say } from "../support/bridge-client.ts";
import { Producer } from "../support/bridge-producer.ts";

const folder = new AppFolder();
const cwd = folder.path;
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const APP = `import { app, bridge, stdout, utf8 } from "wallaroo";
export default app("streams", (flow) => {
  flow.source("in", bridge.listen({ port: 0, cookie: ${JSON.stringify(COOKIE)}, decode: utf8 }))
    .sink("out", stdout({ encode: utf8 }));
});`;

test("strangers are told and closed; a second producer of a stream has to wait", async () => {
  folder.write("streams.ts", APP);
  const child = await startBinary(["run", "./streams.ts", "--http", "127.0.0.1:0"], { cwd });
  const out = new Response(child.stdout).text();
  const [, http] = await lineOf(child.stderr, /^http\s+(\S+)$/m);
  const errors = restOf(child.stderr);
  const status = (await (await fetch(`${http}/v1/status`)).json()) as Status;
  const { port } = status.sources[0]!.addresses[0]!;

  const first = new Producer(port);
  first.send(say.hello(), say.notify(7), say.message(7, 1, "one"));
  expect(await first.hears("notify_ack")).toBe(`notify_ack yes 7 ${NEVER}`);

  const bad: readonly [bytes: Buffer, answer: string][] = [
    [Buffer.from("GET / HTTP/1.1\r\n\r\n"), ""],
    [say.hello("wrong"), "error Bad cookie: wrong"],
    [say.hello(COOKIE, "9"), "error Unknown protocol version: 9"],
    [say.notify(7), "error Bad protocol FSM state: notify before hello"],
  ];
  for (const [bytes, answer] of bad) {
    const stranger = new Producer(port);
    stranger.send(bytes);
    const said = await stranger.closed();
    expect(said).toHaveLength(1);
    expect(said[0]).toStartWith(answer === "" ? "error " : answer);
  }
  const unannounced = new Producer(port);
  unannounced.send(say.hello(), say.message(7, 2, "not its stream"));
  expect((await unannounced.closed()).at(-1)).toBe(
    "error Bad/unregistered stream_id 7 with message_id 2",
  );

  const second = new Producer(port);
  second.send(say.hello(), say.notify(7));
  expect(await second.hears("notify_ack")).toStartWith("notify_ack no 7 ");
  first.send(say.message(7, 2, "two"));
  expect(await first.hears("ack")).toMatch(/^ack \d+/);
  first.send(say.eos(7));
  // All of it is durable: the stream is free, and the second producer learns where it ended.
  for (let last = ""; !last.endsWith("7:2"); last = await first.hears("ack"));
  await second.hears("ack");
  second.send(say.notify(7));
  expect(await second.hears("notify_ack")).toBe("notify_ack yes 7 2");
  second.send(say.message(7, 2, "a repeat"), say.message(7, 3, "three"), say.eos(7));
  for (let last = ""; !last.endsWith("7:3"); last = await second.hears("ack"));

  first.leave();
  second.leave();
  await fetch(`${http}/v1/stop`, { method: "POST" });
  expect(await child.exited).toBe(0);
  expect(await out).toBe("one\ntwo\nthree\n");
  const told = await errors;
  expect(told).toContain("producer closed: ");
  expect(told).toContain("Bad cookie");
  expect(told).not.toContain(COOKIE);
  expect(told).toContain("stream refused: another producer sends it");
});

interface Status {
  readonly sources: readonly { readonly addresses: readonly { readonly port: number }[] }[];
}
