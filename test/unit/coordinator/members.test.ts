/** Who is in the cluster: names, silence, and loops that stand still. */
import { expect, test } from "bun:test";
import { engineOf } from "../../../src/control/version.ts";
import type { WorkerIntroduction } from "../../../src/control/messages.ts";
import {
  decideMembers,
  memberAt,
  type MemberAction,
  type MemberEvent,
  type Members,
} from "../../../src/coordinator/members.ts";
import { HEARTBEAT_MS, STUCK_MS, SUSPECT_MS } from "../../../src/model/limits.ts";

const worker: WorkerIntroduction = {
  name: "w-1",
  incarnation: "0a".repeat(16),
  engine: engineOf("1.0.0"),
  data: { host: "127.0.0.1", port: 9 },
  host: "here",
  cluster: "",
  running: undefined,
};
const [MAIN, PULSE] = [1, 2];

class Cluster {
  members: Members = new Map();
  now = 0;

  do(event: MemberEvent): readonly MemberAction[] {
    const [next, actions] = decideMembers(this.members, event, this.now);
    this.members = next;
    return actions;
  }

  /** Heartbeats of one tick from a connection, for so long. Returns what was decided. */
  beat(connection: number, tick: number, forMs: number): readonly MemberAction[] {
    const actions: MemberAction[] = [];
    for (let passed = 0; passed < forMs; passed += HEARTBEAT_MS) {
      this.now += HEARTBEAT_MS;
      actions.push(...this.do({ type: "heartbeat", connection, tick, rss: 1 }));
      actions.push(...this.do({ type: "clock", lateMs: 0 }));
    }
    return actions;
  }
}

function joined(): Cluster {
  const cluster = new Cluster();
  const welcome = { do: "welcome", connection: MAIN, worker } as const;
  expect(cluster.do({ type: "hello", connection: MAIN, worker })).toEqual([welcome]);
  return cluster;
}

test("one that is silent is lost, and its connections are closed", () => {
  const cluster = joined();
  cluster.do({ type: "pulse", connection: PULSE, worker });
  cluster.now += SUSPECT_MS;
  const actions = cluster.do({ type: "clock", lateMs: 0 });
  expect(actions.map((action) => action.do)).toEqual(["lost", "close", "close"]);
  expect(cluster.members.size).toBe(0);
});

test("a time in which we were not there ourselves is no silence; what follows it is", () => {
  const cluster = joined();
  cluster.now += HEARTBEAT_MS + 2 * STUCK_MS;
  expect(cluster.do({ type: "clock", lateMs: 2 * STUCK_MS })).toEqual([]);
  cluster.now += SUSPECT_MS - HEARTBEAT_MS - 1;
  expect(cluster.do({ type: "clock", lateMs: 0 })).toEqual([]);
  cluster.now += 1;
  const actions = cluster.do({ type: "clock", lateMs: 0 });
  expect(actions.map((action) => action.do)).toEqual(["lost", "close"]);
});

test("one whose loop stands still is stuck, and not lost, while its pulse is heard", () => {
  const cluster = joined();
  expect(cluster.do({ type: "pulse", connection: PULSE, worker })).toEqual([
    { do: "admit", connection: PULSE },
  ]);
  const before = cluster.beat(PULSE, 4, STUCK_MS);
  expect(before).toEqual([]);
  const stuck = cluster.beat(PULSE, 4, 4 * SUSPECT_MS);
  expect(stuck).toEqual([{ do: "stuck", worker: "w-1", isStuck: true }]);
  expect(memberAt(cluster.members, MAIN)?.isStuck).toBeTrue();
  expect(cluster.beat(PULSE, 5, HEARTBEAT_MS)).toEqual([
    { do: "stuck", worker: "w-1", isStuck: false },
  ]);
});

test("a pulse that ends takes nobody with it", () => {
  const cluster = joined();
  cluster.do({ type: "pulse", connection: PULSE, worker });
  expect(cluster.do({ type: "closed", connection: PULSE, why: "reset" })).toEqual([]);
  expect(memberAt(cluster.members, MAIN)).toBeDefined();
});

test("a pulse of nobody, or of another process of that name, is refused", () => {
  const cluster = new Cluster();
  const refused = [expect.objectContaining({ do: "refuse", code: "no_member", retryable: true })];
  expect(cluster.do({ type: "pulse", connection: PULSE, worker })).toEqual(refused);
  const other = { ...worker, incarnation: "0b".repeat(16) };
  const after = joined();
  expect(after.do({ type: "pulse", connection: PULSE, worker: other })).toEqual(refused);
});

test("a pulse that is made again replaces the one before", () => {
  const cluster = joined();
  cluster.do({ type: "pulse", connection: PULSE, worker });
  expect(cluster.do({ type: "pulse", connection: 3, worker })).toEqual([
    { do: "close", connection: PULSE, why: "replaced" },
    { do: "admit", connection: 3 },
  ]);
  expect(cluster.beat(PULSE, 9, HEARTBEAT_MS)).toEqual([]);
  expect(memberAt(cluster.members, MAIN)?.tick).toBe(0);
});

test("a second process of a name that is taken is refused while the first lives", () => {
  const cluster = joined();
  const other = { ...worker, incarnation: "0b".repeat(16) };
  expect(cluster.do({ type: "hello", connection: 5, worker: other })).toEqual([
    expect.objectContaining({ do: "refuse", code: "name_in_use", connection: 5 }),
  ]);
  cluster.do({ type: "closed", connection: MAIN, why: "it died" });
  expect(cluster.do({ type: "hello", connection: 5, worker: other })).toEqual([
    { do: "welcome", connection: 5, worker: other },
  ]);
});
