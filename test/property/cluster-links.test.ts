/** The same over real sockets: each worker's channels run over links to the others. */
import { expect, test } from "bun:test";
import { LinkHub } from "../../src/exchange/link-hub.ts";
import { LinkServer } from "../../src/exchange/link.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { tcpNetwork } from "../../src/transport/tcp.ts";
import { runOnWorkers } from "../support/local-cluster.ts";
import { differenceOf, randomGraph } from "../support/random-graph.ts";
import { testPorts } from "../support/run-app.ts";

const token = new TextEncoder().encode("a secret of the cluster");
const ports = {
  ...testPorts(),
  network: tcpNetwork(),
  crypto: systemCrypto(),
  token,
};

test.each([2, 3, 5])(
  "random graphs equal their model on %d workers over sockets",
  async (count) => {
    for (let seed = 0; seed < 25; seed++) {
      const address = { host: "127.0.0.1", port: 0 };
      const names = Array.from({ length: count }, (_, i) => `w${i}`);
      const listening = names.map((self) => LinkServer.listen({ ...ports, self, address }));
      const servers = await Promise.all(listening);
      const graph = randomGraph(seed, { isSpread: true });
      const result = await runOnWorkers(await graph.app.build({}), count, {
        barriers: seed % 3,
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
      const problem = result.errors[0] ?? differenceOf(graph, result.committed);
      expect(problem === undefined ? "" : `seed ${seed}: ${problem}\n${graph.text}`).toBe("");
    }
  },
);
