/** One seed of a link in a network that breaks: what a property test and a campaign share. */
import { FRAME } from "../../src/exchange/link.ts";
import { LinkWorld } from "./link-world.ts";
import type { Link, Side } from "./two-ended-network.ts";

/** What happened, over many seeds: a suite in which nothing did proves nothing. */
export interface LinkSeen {
  connections: number;
  retransmitted: number;
  stalls: number;
  large: number;
  flips: number;
  garbage: number;
  halfOpen: number;
}

export function nothingSeen(): LinkSeen {
  return {
    connections: 0,
    retransmitted: 0,
    stalls: 0,
    large: 0,
    flips: 0,
    garbage: 0,
    halfOpen: 0,
  };
}

const FAULTS = ["break", "near", "far", "muteNear", "muteFar", "away", "silent"] as const;
type Fault = (typeof FAULTS)[number];

/** One seed: which faults there are, and how often, is drawn, too. */
export async function runLinkSeed(seed: number, seen: LinkSeen): Promise<void> {
  const window = 3_000;
  const world = new LinkWorld(seed, 3, window);
  const { prng, network } = world;
  network.room = prng.pick([500, 20_000, 200_000]);
  network.delayMsMax = prng.pick([1, 20, 200]);
  network.flipOneIn = prng.pick([0, 0, 30]);
  const faults = FAULTS.filter(() => prng.below(2) === 0);
  const oftenOneIn = prng.pick([5, 20, 60]);
  await world.open();
  world.client.terminate();
  world.client = world.dial({ patienceMs: 1e9 });
  for (const sender of world.senders) {
    Object.assign(sender, { channel: world.client.channel(sender.channel.id) });
  }
  for (let step = 0; step < 150; step++) {
    for (let i = prng.below(4); i > 0; i--) world.sendSome();
    if (prng.below(3) > 0) prng.pick(world.receivers).consumeOne();
    if (prng.below(10) === 0) world.client.flush();
    if (faults.length > 0 && prng.below(oftenOneIn) === 0) doFault(world, prng.pick(faults), seen);
    world.run(prng.below(40));
    check(seed, world);
  }
  network.isReachable = true;
  network.flipOneIn = 0;
  for (const link of network.links) link.heal();
  for (const sender of world.senders) sender.send(FRAME.end, 0);
  for (let i = 0; i < 3_000 && !world.isComplete; i++) {
    for (const receiver of world.receivers) receiver.consumeOne();
    world.run(50);
    check(seed, world);
  }
  tell(seed, world.isComplete, "all that was sent arrives once the network is well");
  if (network.flips === 0) tell(seed, world.server.stats.garbage === 0, "nothing is refused");
  // The last connection may be half open, which takes a silence to be noticed.
  const unacknowledged = (): number =>
    world.senders.reduce((sum, { channel }) => sum + channel.unacknowledged, 0);
  for (let i = 0; i < 40 && unacknowledged() > 0; i++) world.run(500);
  const left = unacknowledged();
  tell(seed, left === 0, `what arrived is acknowledged (${left} left)`);
  tell(seed, world.lost.length === 0, `the peer is not lost: ${world.lost[0]?.message}`);
  seen.connections += world.client.stats.connections;
  seen.retransmitted += world.client.stats.retransmitted;
  seen.stalls += world.senders.reduce((sum, { stalls }) => sum + stalls, 0);
  seen.large += world.receivers.filter(({ mostWaiting }) => mostWaiting > window).length;
  seen.flips += network.flips;
  seen.garbage += world.server.stats.garbage;
}

function doFault({ network, prng, clock }: LinkWorld, fault: Fault, seen: LinkSeen): void {
  const link = [...network.links][0];
  const inAWhile = (fn: () => void): void => void clock.after(prng.below(7_000), fn);
  if (fault === "away" || fault === "silent") {
    network.isReachable = fault === "away" ? false : undefined;
    inAWhile(() => (network.isReachable = true));
  }
  if (link === undefined) return;
  if (fault === "muteNear" || fault === "muteFar")
    mute(link, fault === "muteNear" ? "near" : "far");
  else if (fault === "near" || fault === "far") {
    link.break([fault]);
    seen.halfOpen++;
  } else link.break();

  function mute(link: Link, side: Side): void {
    link.mute[side] = true;
    inAWhile(() => link.heal());
  }
}

function check(seed: number, world: LinkWorld): void {
  if (world.wrong.length > 0) tell(seed, false, world.wrong[0]!);
}

export function tell(seed: number, isTrue: boolean, what: string): void {
  if (!isTrue) {
    throw new Error(`seed ${seed}: ${what}; LINK_SEEDS=1 LINK_SEED=${seed} bun test link.test.ts`);
  }
}
