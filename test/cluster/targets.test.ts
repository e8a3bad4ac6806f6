/** Sinks made by the data over a real disk and real sockets: more targets than may be open. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { app, file, json, memory, tcp } from "../../src/api/mod.ts";
import type { Sink } from "../../src/model/sink.ts";
import { systemDisk } from "../../src/storage/system-disk.ts";
import { tcpNetwork } from "../../src/transport/tcp.ts";
import { runPipeline, testPorts } from "../support/run-app.ts";

const folder = mkdtempSync(join(tmpdir(), "wallaroo-targets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TARGETS = 150;
const MAX = 20;

interface Order {
  readonly to: string;
  readonly n: number;
}

// In rounds, so that the one that is wanted next is the one that was closed longest ago.
const orders = Array.from({ length: 900 }, (_, n): Order => ({ to: `t${n % TARGETS}`, n }));
const expected = Map.groupBy(orders, ({ to }) => to);

async function run(make: (target: string) => Sink<Order>) {
  const each = app("each", (flow) => {
    flow.source("in", memory.source(orders)).sinkEach("out", ({ to }) => to, make, { max: MAX });
  });
  const ports = { ...testPorts(), disk: systemDisk(), network: tcpNetwork() };
  const { status } = await runPipeline(await each.build({}), { ports });
  expect(status.error).toBeUndefined();
  expect(status.sinks[0]).toMatchObject({ records: orders.length, pending: 0 });
}

test("each target's files have its records once, in order, and nothing is left over", async () => {
  const encode = json<Order>();
  await run((target) => file.write({ path: join(folder, target), encode, extension: "jsonl" }));
  const got = new Map<string, Order[]>();
  for (const target of readdirSync(folder)) {
    const parts = readdirSync(join(folder, target)).sort();
    expect(parts.filter((part) => part.startsWith("."))).toEqual([]);
    const lines = parts.flatMap((part) =>
      readFileSync(join(folder, target, part), "utf8")
        .trim()
        .split("\n"),
    );
    got.set(
      target,
      lines.map((line) => JSON.parse(line) as Order),
    );
  }
  expect(got).toEqual(expected);
});

test("each target's connections bring its records once, in order", async () => {
  const got = new Map<string, Order[]>();
  const all = Promise.withResolvers<void>();
  let count = 0;
  const network = tcpNetwork();
  const listener = await network.listen({ host: "127.0.0.1", port: 0 }, () => {
    let rest = "";
    return {
      data(chunk) {
        const lines = (rest + Buffer.from(chunk).toString()).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          const order = JSON.parse(line) as Order;
          got.set(order.to, [...(got.get(order.to) ?? []), order]);
          if (++count === orders.length) all.resolve();
        }
      },
      drain: () => undefined,
      close: () => undefined,
    };
  });
  const { port } = listener.address;
  await run(() => tcp.connect({ port, frame: "lines", encode: json<Order>() }));
  await all.promise;
  expect(got).toEqual(expected);
  listener.close();
});
