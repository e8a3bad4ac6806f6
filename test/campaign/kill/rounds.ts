/** Carries out the rounds of a plan, and measures what the cluster makes of them. */
import { unreachable } from "../../../src/base/assert.ts";
import { missedAt } from "../oracle/process-log.ts";
import type { KillCluster } from "./cluster.ts";
import { COORDINATOR, MEMBERS, type Member, type Restart, type Round, WORKERS } from "./plan.ts";

export interface Hurt {
  /** From the last restart, or from the kill on the survivors, to new committed output. */
  readonly resumedMs: number;
  /** How long a killed worker was not missed, as far as a coordinator was there to miss it. */
  readonly missedMs: readonly number[];
  /** How long one that was stopped was not. */
  readonly silentMs: readonly number[];
}

type SubsetRound = Round & { readonly kind: "subset" };
type GapRound = Round & { readonly kind: "gap" };
type StoreRound = Round & { readonly kind: "store" };

/** Longer than a checkpoint takes to come. */
const PAUSE_MS_MAX = 20_000;

export async function carryOut(round: Round, cluster: KillCluster): Promise<Hurt> {
  await whole(cluster);
  switch (round.kind) {
    case "subset":
      return await subset(round, cluster);
    case "gap":
      return await gap(round, cluster);
    case "store":
      return await store(round, cluster);
    case "zombie": {
      cluster.processes.signal(round.member, "SIGSTOP");
      return await wake(round.member, round.stoppedMs, cluster);
    }
    case "term":
      return await term(round.member, cluster);
    default:
      return unreachable(round);
  }
}

/** All workers take part; one that came too late for an attempt gets its share at the next. */
async function whole(cluster: KillCluster): Promise<void> {
  const { processes } = cluster;
  const all = async (): Promise<boolean> => {
    const job = await cluster.job();
    if (job?.phase !== "running") return false;
    if (job.workers.length === WORKERS.length) return true;
    // Its share is dealt anew, and the others are there by now.
    const member = job.workers[0] as Member; // Of the names that we gave.
    await kill([member], cluster);
    const at = Date.now();
    processes.start(member);
    await cluster.goesOn(at);
    return false;
  };
  await cluster.until("all workers take part", all);
}

async function subset(round: SubsetRound, cluster: KillCluster): Promise<Hurt> {
  await Bun.sleep(round.afterMs);
  const killedAt = await kill(round.killed, cluster);
  let from = killedAt;
  if (round.isAway) await cluster.goesOn(from);
  const resumed = round.isAway ? (await cluster.goesOn(from)) - from : undefined;
  from = await restart(round.restarts, cluster);
  for (const { lines, member } of round.again) {
    const before = cluster.processes.logLines(MEMBERS);
    const late = performance.now() + PAUSE_MS_MAX;
    while (cluster.processes.logLines(MEMBERS) < before + lines && performance.now() < late) {
      await Bun.sleep(2);
    }
    await kill([member], cluster);
    from = await restart([{ member, afterMs: 0 }], cluster);
  }
  const at = await cluster.goesOn(from);
  const missedMs = missed(round.killed, killedAt, cluster);
  return { resumedMs: resumed ?? at - from, missedMs, silentMs: [] };
}

/** Resolves when the member stands behind the line. */
async function pause(member: Member, line: string, cluster: KillCluster): Promise<void> {
  cluster.wishPause(member, line);
  const late = performance.now() + PAUSE_MS_MAX;
  while (cluster.takePause(member) === undefined) {
    if (performance.now() > late) throw new Error(`${member} never came to: ${line}`);
    await Bun.sleep(2);
  }
}

async function store(round: StoreRound, cluster: KillCluster): Promise<Hurt> {
  const { processes } = cluster;
  const { member } = round;
  await pause(member, round.gap.line, cluster);
  await processes.store!.kill();
  if (round.isKilled) await kill([member], cluster);
  else processes.signal(member, "SIGCONT");
  await Bun.sleep(round.awayMs);
  await processes.store!.start();
  const from = await restart([{ member, afterMs: 0 }], cluster);
  return { resumedMs: (await cluster.goesOn(from)) - from, missedMs: [], silentMs: [] };
}

async function gap(round: GapRound, cluster: KillCluster): Promise<Hurt> {
  const { member, others } = round;
  const pid = cluster.processes.pid(member)!;
  await pause(member, round.gap.line, cluster);
  if (round.wakes) return await wake(member, PAUSE_MS_MAX / 3, cluster);
  const killedAt = await kill([member, ...others], cluster);
  const line = cluster.lastGap(member, pid);
  if (line?.text !== round.gap.line) throw new Error(`killed behind ${JSON.stringify(line)}`);
  const from = await restart(round.restarts, cluster);
  const at = await cluster.goesOn(from);
  const missedMs = missed([member, ...others], killedAt, cluster);
  return { resumedMs: at - from, missedMs, silentMs: [] };
}

/** It leaves in good order. */
async function term(member: Member, cluster: KillCluster): Promise<Hurt> {
  cluster.processes.signal(member, "SIGTERM");
  await cluster.processes.exited(member);
  const at = Date.now();
  cluster.processes.start(member);
  return { resumedMs: (await cluster.goesOn(at)) - at, missedMs: [], silentMs: [] };
}

/** It stands still; the others replace it; it goes on, with old thoughts. */
async function wake(member: Member, stoppedMs: number, cluster: KillCluster): Promise<Hurt> {
  const stoppedAt = Date.now();
  await Bun.sleep(stoppedMs);
  const silentMs = missed([member], stoppedAt, cluster);
  cluster.processes.signal(member, "SIGCONT");
  const at = Date.now();
  return { resumedMs: (await cluster.goesOn(at)) - at, missedMs: [], silentMs };
}

/** Resolves when they are dead, with the time of the kill. */
async function kill(members: readonly Member[], cluster: KillCluster): Promise<number> {
  const at = Date.now();
  for (const member of members) cluster.processes.signal(member, "SIGKILL");
  await Promise.all(members.map((member) => cluster.processes.exited(member)));
  return at;
}

/** Returns the time of the last. */
async function restart(restarts: readonly Restart[], cluster: KillCluster): Promise<number> {
  let at = Date.now();
  for (const { member, afterMs } of restarts) {
    await Bun.sleep(afterMs);
    at = Date.now();
    if (!cluster.processes.isRunning(member)) cluster.processes.start(member);
  }
  return at;
}

function missed(members: readonly Member[], from: number, cluster: KillCluster): readonly number[] {
  if (members.includes(COORDINATOR)) return [];
  const log = cluster.processes.log(COORDINATOR);
  return members.flatMap((member) => {
    const at = missedAt(log, member, from);
    return at === undefined ? [] : [at - from];
  });
}
