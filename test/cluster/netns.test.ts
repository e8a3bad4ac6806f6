/** The cluster over real wires that are cut and lose packets. More: `npm run campaign netns`. */
import { expect, test } from "bun:test";
import { NamespaceCluster } from "../support/namespace-cluster.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";

const why = whyNoNamespaces();
if (why !== undefined) console.warn(`skipped: ${why}`);

test.skipIf(why !== undefined)(
  "a wire between workers that is cut and lossy loses, doubles and reorders nothing",
  async () => {
    await using cluster = await NamespaceCluster.start(60_000, 20_000);
    for (let i = 0; i < 5; i++) {
      cluster.net.cut();
      await Bun.sleep(150);
      cluster.net.mend();
      await Bun.sleep(150);
    }
    cluster.net.lose(3);
    await Bun.sleep(700);
    cluster.net.mend();
    const { job, problems } = await cluster.problems(40_000);
    expect(problems).toEqual([]);
    // Shorter than what a link waits for: it goes on where it was.
    expect(job.restarts).toBe(0);
  },
  60_000,
);
