/**
 * Who is in the cluster (pure). Everything here is soft: rebuilt from what workers say.
 *
 * A5. Two live incarnations never hold one name.
 * A6. A worker is silent only if we were there to hear it: after a stop of our own it has time.
 */
import { unreachable } from "../base/assert.ts";
import { durationText } from "../base/duration.ts";
import type { WorkerIntroduction } from "../control/messages.ts";
import { STUCK_MS, SUSPECT_MS, WORKERS_MAX } from "../model/limits.ts";

export interface Member {
  readonly introduction: WorkerIntroduction;
  /** Where the coordinator hears it. */
  readonly connection: number;
  /** Where its heartbeats come also while its loop is stuck. */
  readonly pulse?: number;
  /** Monotonic ms. */
  readonly since: number;
  readonly heardAt: number;
  readonly tick: number;
  /** When the tick last changed. */
  readonly tickAt: number;
  readonly rss: number;
  readonly isStuck: boolean;
}

/** By name. */
export type Members = ReadonlyMap<string, Member>;

export type MemberEvent =
  | { readonly type: "hello"; readonly connection: number; readonly worker: WorkerIntroduction }
  | { readonly type: "pulse"; readonly connection: number; readonly worker: WorkerIntroduction }
  | {
      readonly type: "heartbeat";
      readonly connection: number;
      readonly tick: number;
      readonly rss: number;
    }
  /** Any other message. */
  | { readonly type: "heard"; readonly connection: number }
  | { readonly type: "closed"; readonly connection: number; readonly why: string }
  /** `lateMs`: how long we ourselves had no turn. */
  | { readonly type: "clock"; readonly lateMs: number };

export type MemberAction =
  | { readonly do: "welcome"; readonly connection: number; readonly worker: WorkerIntroduction }
  /** A pulse. */
  | { readonly do: "admit"; readonly connection: number }
  | {
      readonly do: "refuse";
      readonly connection: number;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly do: "close"; readonly connection: number; readonly why: string }
  | { readonly do: "lost"; readonly worker: string; readonly why: string }
  | { readonly do: "stuck"; readonly worker: string; readonly isStuck: boolean };

type Decision = [Members, readonly MemberAction[]];

/** `now`: monotonic ms. Late and repeated events change nothing. */
export function decideMembers(members: Members, event: MemberEvent, now: number): Decision {
  switch (event.type) {
    case "hello":
      return register(members, event, now);
    case "pulse":
      return pulse(members, event);
    case "heartbeat":
      return heartbeat(members, event, now);
    case "heard": {
      const member = memberAt(members, event.connection);
      return member === undefined
        ? [members, []]
        : [changed(members, member, { heardAt: now }), []];
    }
    case "closed": {
      const member = memberAt(members, event.connection);
      return member === undefined ? [members, []] : drop(members, member, event.why);
    }
    case "clock":
      return look(event.lateMs > 0 ? delayed(members, event.lateMs) : members, now);
    default:
      return unreachable(event);
  }
}

/** Why one that was a member of another cluster is refused; undefined when it was not. */
export function wrongCluster({ name, cluster: its }: WorkerIntroduction, cluster: string) {
  if (its === "" || its === cluster) return undefined;
  const message =
    `worker ${name} belongs to cluster ${its}, this is ${cluster}: give it another --data ` +
    "folder, or the address of its own coordinator";
  return { code: "wrong_cluster", message, retryable: false };
}

export function memberAt(members: Members, connection: number): Member | undefined {
  for (const member of members.values()) if (member.connection === connection) return member;
  return undefined;
}

/** The member whose pulse comes there. */
export function pulseAt(members: Members, connection: number): Member | undefined {
  for (const member of members.values()) if (member.pulse === connection) return member;
  return undefined;
}

/** Of who is a member only: it ends with the membership. */
function pulse(
  members: Members,
  { connection, worker }: MemberEvent & { readonly type: "pulse" },
): Decision {
  const member = members.get(worker.name);
  if (member === undefined || member.introduction.incarnation !== worker.incarnation) {
    const message = `worker ${worker.name} has not joined, or not by this process`;
    return [members, [{ do: "refuse", connection, code: "no_member", message, retryable: true }]];
  }
  const next = changed(members, member, { pulse: connection });
  return [next, [...closePulse(member, "replaced"), { do: "admit", connection }]];
}

function closePulse({ pulse: connection }: Member, why: string): readonly MemberAction[] {
  return connection === undefined ? [] : [{ do: "close", connection, why }];
}

function register(
  members: Members,
  { connection, worker }: MemberEvent & { readonly type: "hello" },
  now: number,
): Decision {
  const actions: MemberAction[] = [];
  let next = members;
  const old = members.get(worker.name);
  if (old !== undefined && old.introduction.incarnation !== worker.incarnation) {
    const { host, data } = old.introduction;
    const message =
      `a worker named ${worker.name} is there already (host ${host}, data port ${data.port}): ` +
      "give this one another name with --name, or stop the other";
    return [members, [{ do: "refuse", connection, code: "name_in_use", message, retryable: true }]];
  }
  if (old !== undefined) {
    // The same process again: its old connection broke, and we had not seen it yet.
    const [without, lost] = drop(members, old, "its connection was made anew");
    next = without;
    actions.push(...lost, { do: "close", connection: old.connection, why: "replaced" });
  }
  if (next.size >= WORKERS_MAX) {
    const message = `there are ${WORKERS_MAX} workers, the limit`;
    const refuse = {
      do: "refuse",
      connection,
      code: "too_many",
      message,
      retryable: true,
    } as const;
    return [next, [...actions, refuse]];
  }
  const member: Member = {
    introduction: worker,
    connection,
    since: now,
    heardAt: now,
    tick: 0,
    tickAt: now,
    rss: 0,
    isStuck: false,
  };
  return [
    new Map([...next, [worker.name, member]]),
    [...actions, { do: "welcome", connection, worker }],
  ];
}

function heartbeat(
  members: Members,
  { connection, tick, rss }: MemberEvent & { readonly type: "heartbeat" },
  now: number,
): Decision {
  const member = memberAt(members, connection) ?? pulseAt(members, connection);
  if (member === undefined) return [members, []];
  if (tick === member.tick) return [changed(members, member, { heardAt: now, rss }), []];
  const next = changed(members, member, { heardAt: now, rss, tick, tickAt: now, isStuck: false });
  const worker = member.introduction.name;
  return [next, member.isStuck ? [{ do: "stuck", worker, isStuck: false }] : []];
}

/** A6. What happened meanwhile is not read yet. */
function delayed(members: Members, ms: number): Members {
  const later = (member: Member): Member => {
    return { ...member, heardAt: member.heardAt + ms, tickAt: member.tickAt + ms };
  };
  return new Map([...members].map(([name, member]) => [name, later(member)]));
}

/** Silence, and loops that stand still. */
function look(members: Members, now: number): Decision {
  let next = members;
  const actions: MemberAction[] = [];
  for (const member of members.values()) {
    const silentMs = now - member.heardAt;
    if (silentMs >= SUSPECT_MS) {
      const why = `it was silent for ${durationText(SUSPECT_MS)}`;
      const [without, lost] = drop(next, member, why);
      next = without;
      actions.push(...lost, { do: "close", connection: member.connection, why });
    } else if (!member.isStuck && now - member.tickAt >= STUCK_MS) {
      next = changed(next, member, { isStuck: true });
      actions.push({ do: "stuck", worker: member.introduction.name, isStuck: true });
    }
  }
  return [next, actions];
}

function drop(members: Members, member: Member, why: string): Decision {
  const { name } = member.introduction;
  const next = new Map(members);
  next.delete(name);
  return [next, [{ do: "lost", worker: name, why }, ...closePulse(member, why)]];
}

function changed(members: Members, member: Member, change: Partial<Member>): Members {
  return new Map([...members, [member.introduction.name, { ...member, ...change }]]);
}
