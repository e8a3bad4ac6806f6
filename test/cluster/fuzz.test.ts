/** Mutated frames to every port of a real cluster; in large: `npm run campaign fuzz`. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Prng } from "../../src/base/prng.ts";
import { FuzzCluster, PORTS } from "../support/fuzz-cluster.ts";
import { fuzzPort } from "../support/fuzz-ports.ts";

setDefaultTimeout(60_000);

const SEED = 7;

test.each([false, true])(
  `2,000 mutated frames to each port disturb nobody, with TLS: %p (seed ${SEED})`,
  async (isTls) => {
    using cluster = await FuzzCluster.start(isTls);
    const prng = new Prng(SEED);
    await cluster.exchange();
    for (const port of PORTS) {
      const attacks = fuzzPort(cluster, port, { connections: 40, frames: 50 }, prng);
      await Promise.all([attacks, cluster.exchange()]);
    }
    await cluster.check();
    await cluster.exchange();
    const { refused } = await cluster.summary();
    // Which it is depends on what of a message survived.
    const { bad_handshake: hands = 0, bad_message: messages = 0 } = refused;
    expect(hands + messages).toBeGreaterThan(10);
  },
);
