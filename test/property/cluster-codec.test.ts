/** Records of a class of the app's own, that travel between workers by its codec. */
import { expect, test } from "bun:test";
import { app, type Codec, memory, state } from "../../src/api/mod.ts";
import { LinkHub } from "../../src/exchange/link-hub.ts";
import { LinkServer } from "../../src/exchange/link.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { tcpNetwork } from "../../src/transport/tcp.ts";
import { runOnWorkers } from "../support/local-cluster.ts";
import { testPorts } from "../support/run-app.ts";

class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }

  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

const points: Codec<Point> = {
  encode(point, into) {
    into.f64(point.x);
    into.f64(point.y);
  },
  decode(bytes, start) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, 16);
    return new Point(view.getFloat64(0), view.getFloat64(8));
  },
};

test("records of a class keep their methods on the other side", async () => {
  const made = Array.from({ length: 300 }, (_, i) => new Point(3 * i, 4 * i));
  const lengths = app("lengths", (flow) => {
    flow
      .source("points", memory.source(made))
      .keyBy("x", (point) => point.x % 10, { codec: points })
      .mapWithState(
        "length",
        state(() => ({ n: 0 })),
        (point, s) => {
          s.n++;
          return point.length();
        },
      )
      .sink("out", memory.sink<number>().sink);
  });
  const token = new TextEncoder().encode("a secret");
  const ports = { ...testPorts(), network: tcpNetwork(), crypto: systemCrypto(), token };
  const address = { host: "127.0.0.1", port: 0 };
  const names = ["w0", "w1", "w2"];
  const listening = names.map((self) => LinkServer.listen({ ...ports, self, address }));
  const servers = await Promise.all(listening);
  const result = await runOnWorkers(await lengths.build({}), 3, {
    addresses: servers.map((server) => server.address),
    hubs: ({ workers }, self) =>
      new LinkHub({
        ports,
        server: servers[names.indexOf(workers[self]!.name)]!,
        job: "test",
        generation: { leaderEpoch: 1, attempt: 1 },
        workers,
        self,
        onLost: (error) => expect(error).toBeUndefined(),
      }),
  });
  for (const server of servers) server.close();
  expect(result.errors).toEqual([]);
  const got = [...(result.committed["out"] as number[])].sort((a, b) => a - b);
  expect(got).toEqual(made.map((_, i) => 5 * i));
});
