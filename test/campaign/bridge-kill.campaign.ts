/**
 * Producers of the connector protocol that go from worker to worker of the real binary while its
 * workers and its coordinator are killed, leave and come back. Every message is in the output once,
 * in the order of its stream, and no producer is ever told to go on before what was durable.
 */
import { Prng } from "../../src/base/prng.ts";
import { BridgeCluster } from "../support/bridge-cluster.ts";
import { RestlessProducer, Stream } from "./bridge/producers.ts";
import type { Campaign, Facts } from "./runner.ts";

const ROUNDS = 12;
const STREAMS = 4;
/** One more than streams: two have one. */
const PRODUCERS = 5;
const WORKERS = ["b-1", "b-2", "b-3"] as const;
const CALM_MS_MAX = 3_000;
const AWAY_MS_MAX = 500;
const FINISH_MS = 60_000;

export const campaign: Campaign = {
  name: "bridge-kill",
  about: "streams of producers that go from worker to worker come out once, whatever is killed",
  seeds: 10,
  run: killAndMove,
};

async function killAndMove(seed: number): Promise<Facts> {
  const prng = new Prng(seed);
  using cluster = await BridgeCluster.start();
  for (const name of WORKERS) await cluster.worker(name);
  await cluster.deploy(WORKERS.length);
  const streams = Array.from({ length: STREAMS }, (_, i) => new Stream(i + 1));
  const producers = Array.from({ length: PRODUCERS }, (_, i) => {
    return new RestlessProducer(streams[i % STREAMS]!, new Prng(seed * 100 + i), () =>
      cluster.ports(),
    );
  });
  for (const one of producers) one.start();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await Bun.sleep(prng.below(CALM_MS_MAX));
      await hurt(cluster, prng);
    }
    await Bun.sleep(CALM_MS_MAX);
  } finally {
    await Promise.allSettled(producers.map((one) => one.stop()));
  }
  // What it found to be wrong.
  for (const one of producers) await one.stop();
  for (const one of producers.slice(0, STREAMS)) await one.finish(FINISH_MS);
  const { restarts = 0 } = (await cluster.job()) ?? {};
  await cluster.stop();
  const messages = check(cluster.lines(), streams);
  const sum = (of: (one: Stream) => number): number => streams.reduce((all, s) => all + of(s), 0);
  const connections = producers.reduce((all, one) => all + one.connections, 0);
  const [grants, refusals] = [sum((one) => one.grants), sum((one) => one.refusals)];
  return { rounds: ROUNDS, restarts, messages, connections, grants, refusals };
}

/** Something dies, or leaves, and comes back. */
async function hurt(cluster: BridgeCluster, prng: Prng): Promise<void> {
  const what = prng.below(10);
  if (what < 2) {
    await cluster.kill("coordinator", "SIGKILL");
    await cluster.coordinator();
    return;
  }
  const first = prng.below(WORKERS.length);
  const names = WORKERS.filter((_, i) => i === first || (what > 7 && i === (first + 1) % 3));
  const signal = what < 5 ? "SIGTERM" : "SIGKILL";
  await Promise.all(names.map((name) => cluster.kill(name, signal)));
  await Bun.sleep(prng.below(AWAY_MS_MAX));
  for (const name of names) await cluster.worker(name);
}

/** @throws when one is there twice, missing, or out of order */
function check(lines: readonly string[], streams: readonly Stream[]): number {
  const last = new Map<number, number>();
  for (const line of lines) {
    const [stream, id] = line.split(":").map(Number) as [number, number];
    const before = last.get(stream) ?? 0;
    if (id !== before + 1) throw new Error(`${line} follows ${before} of its stream`);
    last.set(stream, id);
  }
  for (const { id, sent } of streams) {
    const there = last.get(id) ?? 0;
    if (there !== sent)
      throw new Error(`stream ${id} has ${there} messages, and ${sent} were sent`);
  }
  return lines.length;
}
