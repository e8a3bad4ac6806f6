import { expect, test } from "bun:test";
import { FRAME } from "../../src/exchange/link.ts";
import { nothingSeen, runLinkSeed, tell } from "../support/link-seed.ts";
import { LinkWorld } from "../support/link-world.ts";
import { PROPERTY_SEED } from "../support/setup.ts";

const SEEDS = Number(process.env["LINK_SEEDS"] ?? 120);
const FIRST = Number(process.env["LINK_SEED"] ?? PROPERTY_SEED);

test("whatever breaks, channels deliver 1, 2, 3 ... and never more than was granted", async () => {
  const seen = nothingSeen();
  for (let i = 0; i < SEEDS; i++) await runLinkSeed(FIRST + i, seen);
  if (SEEDS < 100) return;
  // A suite in which nothing happened proves nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
}, 60_000);

test("frames survive a cut at every byte", async () => {
  // The greeting, the first frames, and the second greeting: all are cut somewhere.
  for (let cut = 1; cut < 1_200; cut++) {
    const world = new LinkWorld(cut, 2, 5_000);
    let links = 0;
    world.network.onLink = (link) => {
      if (links++ < 2) link.breakAfter = cut;
    };
    await world.open();
    world.run(100);
    for (let i = 0; i < 6; i++) {
      const sender = world.senders[i % 2]!;
      sender.send(i % 3 === 2 || sender.channel.credit <= 0 ? FRAME.barrier : FRAME.data, 60);
    }
    for (let i = 0; i < 20 && !world.isComplete; i++) world.run(100);
    expect(world.wrong).toEqual([]);
    tell(cut, world.isComplete, `all arrives after a cut at byte ${cut}`);
    world.client.terminate();
    world.server.close();
  }
}, 60_000);
