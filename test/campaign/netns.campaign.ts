/**
 * A cluster of the real binary over network namespaces: the wire between the workers is cut and
 * mended 50 times under load, one side stands still for 10 s, packets are lost, the wire is slow.
 */
import { NamespaceCluster } from "../support/namespace-cluster.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { Prng } from "../../src/base/prng.ts";
import type { Campaign, Facts } from "./runner.ts";

const RATE = 20_000;

const TROUBLES: readonly ((cluster: NamespaceCluster, prng: Prng) => Promise<Facts>)[] = [
  async ({ net }, prng) => {
    for (let i = 0; i < 50; i++) {
      net.cut();
      await Bun.sleep(50 + prng.below(450));
      net.mend();
      await Bun.sleep(100 + prng.below(300));
    }
    return { trouble: "50 cuts of 50 to 500 ms" };
  },
  async (cluster) => {
    cluster.signal("w2", "SIGSTOP");
    await Bun.sleep(10_000);
    cluster.signal("w2", "SIGCONT");
    return { trouble: "one side stopped for 10 s" };
  },
  async ({ net }) => {
    net.lose(5);
    await Bun.sleep(15_000);
    net.mend();
    return { trouble: "5 % of packets lost for 15 s" };
  },
  async ({ net }) => {
    net.slow(300);
    await Bun.sleep(15_000);
    net.mend();
    return { trouble: "300 kB/s for 15 s" };
  },
  async ({ net }, prng) => {
    for (let i = 0; i < 3; i++) {
      net.cut();
      await Bun.sleep(12_000 + prng.below(4_000));
      net.mend();
      await Bun.sleep(3_000);
    }
    return { trouble: "3 cuts longer than a link waits" };
  },
];

export const campaign: Campaign = {
  name: "netns",
  about: "whatever happens to the wire between two workers, nothing is lost, doubled, reordered",
  seeds: TROUBLES.length,
  async run(seed) {
    const why = whyNoNamespaces();
    if (why !== undefined) throw new Error(why);
    const prng = new Prng(seed);
    await using cluster = await NamespaceCluster.start(RATE * 20, RATE);
    await Bun.sleep(2_000);
    const facts = await TROUBLES[seed % TROUBLES.length]!(cluster, prng);
    const { job, problems } = await cluster.problems(150_000);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return { ...facts, restarts: job.restarts, records: RATE * 20 };
  },
};
