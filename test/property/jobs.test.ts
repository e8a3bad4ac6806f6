/** The life of a job under any order of events: what is promised of it holds at every step. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../src/base/prng.ts";
import { decideJob } from "../../src/coordinator/job.ts";
import type { JobAction, JobEvent, PartEvent } from "../../src/coordinator/job-events.ts";
import { type JobRun, newRun, workersOf } from "../../src/coordinator/job-run.ts";
import type { Manifest, PartSnapshot } from "../../src/model/checkpoint.ts";
import type { Generation, Placement } from "../../src/model/placement.ts";
import type { Plan } from "../../src/model/plan.ts";

const NAMES = ["w-1", "w-2", "w-3"];
const PART_EVENTS: readonly PartEvent["type"][] = [
  "ready",
  "ready",
  "started",
  "started",
  "drained",
  "released",
  "barrier_done",
  "barrier_done",
  "committed",
  "committed",
  "refused",
  "failed",
];

const PLAN: Plan = {
  app: "app",
  graphHash: "",
  workers: 3,
  keyGroups: 256,
  tasks: [],
  exchanges: [],
  routes: [],
};

const placementOn = (names: readonly string[]): Placement => ({
  workers: names.map((name) => ({ name, data: { host: "h", port: 1 }, host: "h" })),
  tasks: [],
  sources: [],
  sinks: [],
});

const snapshotAt = (position: number): PartSnapshot => ({
  tasks: [],
  positions: [{ source: "in", split: "all", position, isDone: false }],
  committables: [],
});

/** What was told and heard, to hold the promises against. */
class Watcher {
  run: JobRun;
  readonly answers = new Map<number, number>();
  asked = 0;
  ended = 0;
  #ready = new Set<string>();
  /** The epoch whose manifest is being stored, and what was stored. */
  storing: { readonly epoch: number; readonly snapshot: PartSnapshot } | undefined;
  readonly #stored = new Set<number>();
  /** The generation that is being fenced, and whether it was. */
  fencing: Generation | undefined;
  base: Manifest | undefined;
  #prepared = new Map<number, Set<string>>();
  readonly #positions = new Map<number, unknown>();
  #lastBarrier = 0;
  #now = 0;
  attempt = 0;

  constructor() {
    this.run = newRun("job", 1, 0);
  }

  take(event: JobEvent, passMs: number): void {
    this.#now += passMs;
    const before = this.run;
    if (event.type === "part") this.#heard(event.worker, event.generation, event.event);
    if (event.type === "stored") this.#stored.add(event.manifest.epoch);
    const [next, actions] = decideJob(before, event, this.#now);
    this.run = next;
    if (before.phase === "ended") {
      expect(actions.filter((action) => action.do !== "answer")).toEqual([]);
      expect(next.phase).toBe("ended");
    }
    for (const action of actions) this.#act(action);
  }

  /** What the log of the job would tell now. */
  due(random: () => number): JobEvent | undefined {
    if (this.storing !== undefined) {
      const { epoch, snapshot } = this.storing;
      this.storing = undefined;
      const isThere = random() < 0.95;
      if (isThere) this.base = manifestOf(this.run, epoch, snapshot);
      // It may be there although nobody was told.
      if (isThere && random() < 0.95) return { type: "stored", manifest: this.base! };
      return { type: "store_lost", epoch };
    }
    const { fencing: generation, base } = this;
    if (generation === undefined) return undefined;
    return {
      type: "fenced",
      generation,
      base,
      lastEpoch: 0,
      newest: base?.epoch ?? 0,
      wentBack: undefined,
    };
  }

  #heard(worker: string, generation: Generation, event: PartEvent): void {
    if (generation.attempt !== this.run.generation.attempt) return;
    if (!workersOf(this.run).includes(worker)) return;
    if (event.type === "ready") this.#ready.add(worker);
    if (event.type !== "barrier_done") return;
    this.#positions.set(event.epoch, event.snapshot.positions[0]?.position);
    const known = this.#prepared.get(event.epoch) ?? new Set();
    this.#prepared.set(event.epoch, known.add(worker));
  }

  #act(action: JobAction): void {
    if (action.do === "fence") {
      this.fencing = action.generation;
      this.storing = undefined;
    } else if (action.do === "store") {
      const { epoch, snapshot } = action;
      const prepared = this.#prepared.get(epoch) ?? new Set();
      expect([...prepared].toSorted()).toEqual([...workersOf(this.run)]); // R1
      this.storing = { epoch, snapshot };
    } else if (action.do === "deploy") {
      expect(action.generation).toEqual(this.fencing!); // J3
      expect(action.restore.epoch).toBe(this.base?.epoch ?? 0);
      this.fencing = undefined;
      expect(action.generation.attempt).toBe(this.attempt);
      this.#ready = new Set();
      this.#prepared = new Map();
    } else if (action.do === "answer") {
      for (const id of action.askers) this.answers.set(id, (this.answers.get(id) ?? 0) + 1);
    } else if (action.do === "ended") {
      this.ended++;
    } else if (action.do === "tell") {
      const { message, workers } = action;
      expect(workers).toEqual(workersOf(this.run));
      if (message.type === "start") expect([...this.#ready].toSorted()).toEqual([...workers]); // J1
      if (message.type === "barrier") {
        expect(message.epoch).toBeGreaterThan(this.#lastBarrier);
        this.#lastBarrier = message.epoch;
      }
      if (message.type === "commit") {
        const prepared = this.#prepared.get(message.epoch) ?? new Set();
        expect([...prepared].toSorted()).toEqual([...workers]); // R1
        // What is the same as in the newest checkpoint needs no other.
        const isSame = this.#positions.get(message.epoch) === this.base?.positions[0]?.position;
        if (this.base === undefined || !isSame) expect(this.#stored).toContain(message.epoch);
      }
    }
  }
}

function manifestOf({ generation }: JobRun, epoch: number, snapshot: PartSnapshot): Manifest {
  const rest = { app: "app", graphHash: "", keyGroups: 256, at: 0, tookMs: 0, isFinal: false };
  return { ...rest, ...snapshot, epoch, generation, states: [] };
}

function randomEvent(watcher: Watcher, random: () => number): JobEvent {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const dice = random();
  const { run } = watcher;
  if (run.phase === "waiting" && dice < 0.5) {
    const count = 1 + Math.floor(random() * NAMES.length);
    const generation = { leaderEpoch: 1, attempt: ++watcher.attempt };
    const placement = placementOn(NAMES.slice(0, count));
    return { type: "placed", placement, generation, flow: { plan: PLAN, steps: [] } };
  }
  const due = watcher.due(random);
  if (due !== undefined && dice < 0.6) return due;
  if (dice < 0.85) {
    const type = pick(PART_EVENTS);
    // Mostly what is due, so that a job gets far; sometimes something old or out of place.
    const epoch = random() < 0.9 ? run.epoch : Math.max(0, run.epoch - 1);
    const attempt = run.generation.attempt - (random() < 0.1 ? 1 : 0);
    const generation = { leaderEpoch: 1, attempt };
    const domain = random() < 0.2 ? "user" : "external";
    const problem = { code: pick(["a", "b"]), message: "it failed", domain } as const;
    const rare = (type === "failed" || type === "refused") && random() < 0.7;
    const isSealed = random() < 0.8;
    const event: PartEvent = rare
      ? { type: "ready" }
      : type === "failed" || type === "refused"
        ? { type, problem }
        : type === "committed"
          ? { type, epoch, isSealed }
          : type === "barrier_done"
            ? { type, epoch, snapshot: snapshotAt(random() < 0.3 ? 0 : epoch) }
            : { type };
    return { type: "part", worker: pick(NAMES), generation, event };
  }
  if (dice < 0.93) {
    const asker = random() < 0.5 ? ++watcher.asked : undefined;
    return { type: "round", asker };
  }
  if (dice < 0.94) return { type: "lost", worker: pick(NAMES), why: "it died" };
  if (dice < 0.945) return { type: "stop", how: pick(["drain", "now"]) };
  return { type: "clock" };
}

test("no order of events starts, commits or ends a job too early, or twice", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const generator = new Prng(seed >>> 0);
      const random = (): number => generator.next();
      const watcher = new Watcher();
      for (let i = 0; i < 400 && watcher.ended === 0; i++) {
        watcher.take(randomEvent(watcher, random), random() < 0.01 ? 40_000 : random() * 20);
        reached.add(watcher.run.phase);
        if (watcher.run.restarts > 0) reached.add("restarted");
        if (watcher.run.epoch > 2) reached.add("epochs");
      }
      watcher.take({ type: "stop", how: "now" }, 1);
      watcher.take({ type: "clock" }, 60_000);
      expect(watcher.run.phase).toBe("ended");
      expect(watcher.ended).toBe(1);
      if (watcher.run.outcome !== undefined) reached.add(watcher.run.outcome.state);
      // Everybody who asked for an epoch was told, once.
      expect([...watcher.answers.values()].every((times) => times === 1)).toBe(true);
      expect(watcher.answers.size).toBe(watcher.asked);
      for (let i = 0; i < 20; i++) watcher.take(randomEvent(watcher, random), 1);
    }),
    { numRuns: 400 },
  );
  expect([...reached].toSorted()).toEqual([
    "draining",
    "ended",
    "epochs",
    "failed",
    "fencing",
    "finished",
    "finishing",
    "opening",
    "preparing",
    "releasing",
    "restarted",
    "running",
    "stopped",
    "waiting",
  ]);
});
