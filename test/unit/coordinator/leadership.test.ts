import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { Leadership } from "../../../src/coordinator/leadership.ts";
import { LEASE_MS, LEASE_RENEW_MS } from "../../../src/model/limits.ts";
import type { Held, Lease, SwapOutcome } from "../../../src/ports/lease.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

/** One value, as all see it, and what goes wrong on the way to it. */
class World {
  readonly clock = new SimClock();
  held: Held | undefined;
  swaps = 0;

  lease(trouble: { next?: "lost answer" | "away" } = {}): Lease {
    const failing = (): void => {
      if (trouble.next !== "away") return;
      throw externalError("store_unavailable", "no answer");
    };
    return {
      read: async () => {
        failing();
        return this.held;
      },
      swap: async (value, tag): Promise<SwapOutcome> => {
        failing();
        if (this.held?.tag !== tag) return "lost";
        this.held = { value, tag: (tag ?? -1) + 1 };
        this.swaps++;
        if (trouble.next !== "lost answer") return { tag: this.held.tag };
        delete trouble.next;
        return "unknown";
      },
    };
  }

  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 250) {
      this.clock.advance(250);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }
}

class Candidate {
  readonly #world: World;
  readonly trouble: { next?: "lost answer" | "away" } = {};
  readonly clock: SimClock;
  readonly log = new NotedLog();
  readonly name: string;
  leadership: Leadership | undefined;
  refusal: unknown;
  lost: unknown;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.clock = world.clock;
  }

  begin(holder = this.name): void {
    const { clock, log, name } = this;
    const lease = this.#world.lease(this.trouble);
    const self = { holder, address: `${name}:7400`, url: "s3://bucket" };
    Leadership.take({ lease, clock, crypto, log, ...self }).then(
      (leadership) => {
        this.leadership = leadership;
        leadership.keep(`${name}:7401`, (error) => (this.lost = error));
      },
      (error: unknown) => (this.refusal = error),
    );
  }

  /** Its process is gone. */
  die(): void {
    this.trouble.next = "away";
  }
}

test("who is second while the first is alive is refused, and told where it is", async () => {
  const world = new World();
  const [one, two] = [new Candidate(world, "one"), new Candidate(world, "two")];
  one.begin();
  await world.pass(0);
  await world.pass(10_000);
  two.begin();
  await world.pass(2 * LEASE_RENEW_MS);
  expect(two.refusal).toMatchObject({ code: "not_leader" });
  expect(String(two.refusal)).toContain(
    "the coordinator at one:7401 (one) leads this cluster, in s3://bucket: stop it, or",
  );
  expect(two.log.texts).toEqual([
    "info: another coordinator leads; it is found out whether it is alive",
  ]);
  await world.pass(60_000);
  expect([one.lost, two.leadership]).toEqual([undefined, undefined]);
});

test("a lease that stands still is taken when its time is over, and not before", async () => {
  const world = new World();
  const [one, two] = [new Candidate(world, "one"), new Candidate(world, "two")];
  one.begin();
  await world.pass(500);
  one.die();
  two.begin();
  await world.pass(LEASE_MS - 250);
  expect(two.leadership).toBeUndefined();
  await world.pass(LEASE_RENEW_MS + 500);
  expect(two.leadership).toBeDefined();
  // It was only away, and finds out.
  expect(one.lost).toBeUndefined();
  delete one.trouble.next;
  await world.pass(2 * LEASE_RENEW_MS);
  expect(one.lost).toMatchObject({ code: "not_leader" });
  expect(String(one.lost)).toContain("the coordinator at two:7401");
  const { swaps } = world;
  await world.pass(LEASE_RENEW_MS);
  expect(world.swaps).toBe(swaps + 1);
  expect(two.lost).toBeUndefined();
});

test("what was given back, or held by who had the same folder, is taken at once", async () => {
  const world = new World();
  const [one, two, three] = ["one", "two", "three"].map((name) => new Candidate(world, name));
  one!.begin();
  await world.pass(500);
  await one!.leadership!.release();
  two!.begin();
  await world.pass(250);
  expect(two!.leadership).toBeDefined();
  two!.die();
  three!.begin("two");
  await world.pass(250);
  expect(three!.leadership).toBeDefined();
});

test("of two that wait for a dead one, one leads", async () => {
  const world = new World();
  const [dead, ...waiting] = ["one", "two", "three"].map((name) => new Candidate(world, name));
  dead!.begin();
  await world.pass(500);
  dead!.die();
  for (const one of waiting) one.begin();
  await world.pass(3 * LEASE_MS);
  expect(waiting.filter(({ leadership }) => leadership !== undefined).length).toBe(1);
  expect(waiting.filter(({ refusal }) => refusal !== undefined).length).toBe(1);
});

test("an answer that did not come, and a store that is away, end no lead", async () => {
  const world = new World();
  const one = new Candidate(world, "one");
  one.trouble.next = "lost answer";
  one.begin();
  await world.pass(1_000);
  expect(one.leadership).toBeDefined();
  one.trouble.next = "lost answer";
  await world.pass(4 * LEASE_RENEW_MS);
  one.trouble.next = "away";
  await world.pass(10 * LEASE_MS);
  delete one.trouble.next;
  const { swaps } = world;
  await world.pass(4 * LEASE_RENEW_MS);
  expect(one.lost).toBeUndefined();
  expect(world.swaps).toBeGreaterThan(swaps + 1);
  expect(one.log.texts).toEqual([
    "warn: the lease of the cluster cannot be renewed: another coordinator may take the lead",
    "info: the lease is renewed again",
  ]);
});

test("a value that nobody can read holds nobody off", async () => {
  const world = new World();
  world.held = { tag: 7, value: new TextEncoder().encode("what is this?") };
  const one = new Candidate(world, "one");
  one.begin();
  await world.pass(500);
  expect(one.leadership).toBeDefined();
});
