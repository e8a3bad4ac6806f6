/**
 * Drives the jobs: feeds events into `job.ts`, does what it says, gives workers to those that wait.
 *
 * Owns: runs, and who waits for an epoch. Called from within the coordinator's queue only.
 */
import { WallarooError } from "../base/errors.ts";
import { type ClaimSaid, generationText, type ToWorker } from "../control/messages.ts";
import { place } from "../planner/place.ts";
import { shortagesOf } from "../planner/shortages.ts";
import { ClaimDesk } from "./claim-desk.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { CoordinatorSettings } from "./coordinator-settings.ts";
import { deploymentsOf, planFor } from "./deploy.ts";
import { boundWorkers } from "./bound.ts";
import { gather } from "./gather.ts";
import { decideJob } from "./job.ts";
import type { JobAction, JobEvent } from "./job-events.ts";
import { type JobRun, newRun, pastOf } from "./job-run.ts";
import type { JobSpec } from "./job-spec.ts";
import { JobStore } from "./job-store.ts";
import { RoundPace } from "./round-pace.ts";

interface Asker {
  readonly resolve: (epoch: number) => void;
  readonly reject: (error: Error) => void;
}

/** A data folder that takes nothing for now: nothing of it is lost. */
const PASSES: ReadonlySet<string> = new Set(["disk_full", "no_access"]);

export class Jobs {
  readonly runs = new Map<string, JobRun>();
  readonly #settings: CoordinatorSettings;
  readonly #send: (worker: string, message: ToWorker) => void;
  readonly #pace = new RoundPace();
  /** Each of the generation that runs. */
  readonly #desks = new Map<string, { readonly of: string; readonly desk: ClaimDesk }>();
  readonly #askers = new Map<number, Asker>();
  /** Over all jobs, so that no two deployments have one generation. */
  #attempts = 0;
  #lastAsker = 0;
  /** Jobs of which the ledger knows a checkpoint that this coordinator has seen. */
  readonly #noted = new Set<string>();
  readonly store: JobStore;
  #view: ClusterView | undefined;

  /** `later`: does something in the coordinator's queue. */
  constructor(
    settings: CoordinatorSettings,
    send: (worker: string, message: ToWorker) => void,
    later: (fn: () => void) => void,
  ) {
    this.#settings = settings;
    this.#send = send;
    const happened = (job: string, event: JobEvent): void => later(() => this.decide(job, event));
    this.store = new JobStore({ ...settings, happened });
  }

  /** The view reads our runs, and we what it knows: given once, before anything else is called. */
  use(view: ClusterView): void {
    this.#view = view;
  }

  begin(spec: JobSpec): void {
    const { clock, ledger, store } = this.#settings;
    const { job } = spec;
    this.#view!.forgetLast(job);
    this.#noted.delete(job);
    this.#pace.forget(job);
    const known = { epoch: ledger.jobs.get(job)?.epoch ?? 0, store: store.url };
    this.runs.set(job, newRun(job, ledger.leaderEpoch, clock.monotonic(), known));
  }

  decide(job: string, event: JobEvent): void {
    const run = this.runs.get(job);
    if (run === undefined) return;
    const now = this.#settings.clock.monotonic();
    const [next, actions] = decideJob(run, event, now);
    this.runs.set(job, next);
    if (next.phase === "running" && run.phase !== "running") this.#pace.begin(job, now);
    for (const action of actions) this.#act(next, action);
    if (event.type === "stored") this.#note(next);
  }

  lost(worker: string, why: string): void {
    for (const job of this.runs.keys()) this.decide(job, { type: "lost", worker, why });
  }

  /** What readers of a source say to each other. */
  claim({ job, generation }: JobRun, worker: string, said: ClaimSaid): void {
    const of = generationText(generation);
    if (this.#desks.get(job)?.of !== of) this.#desks.set(job, { of, desk: new ClaimDesk() });
    for (const { worker: to, heard } of this.#desks.get(job)!.desk.take(worker, said)) {
      this.#send(to, { ...heard, job, generation });
    }
  }

  /** Time went on. */
  look(): void {
    const now = this.#settings.clock.monotonic();
    for (const [job, { phase }] of this.runs) {
      this.decide(job, { type: "clock" });
      if (phase !== "running" && phase !== "draining") continue;
      const { checkpointIntervalMs } = this.#view!.kept(job).spec;
      if (!this.#pace.isDue(job, now, checkpointIntervalMs)) continue;
      this.decide(job, { type: "round", asker: undefined });
    }
    this.gather();
  }

  /** For `decide`: who is told when the epoch is committed. */
  asker(resolve: (epoch: number) => void, reject: (error: Error) => void): number {
    this.#askers.set(++this.#lastAsker, { resolve, reject });
    return this.#lastAsker;
  }

  #act(run: JobRun, action: JobAction): void {
    const { job, generation } = run;
    const { ledger, log } = this.#settings;
    const specOf = (): JobSpec => this.#view!.kept(job).spec;
    switch (action.do) {
      case "fence":
        this.store.fence(specOf(), { ...action, past: pastOf(run, specOf().createdAt) });
        return;
      case "store": {
        log.debug("checkpoint reported", { job, epoch: action.epoch });
        const past = pastOf(run, specOf().createdAt);
        this.store.checkpoint(specOf(), { ...action, generation, past });
        return;
      }
      case "deploy":
        this.#deploy(run, action);
        return;
      case "tell":
        // Their last counts: behind the release there is nobody left to ask.
        if (run.phase === "releasing") this.#view!.keepLast(run);
        if (action.message.type === "commit") {
          log.debug("checkpoint complete", { job, epoch: action.message.epoch });
        }
        for (const worker of action.workers) {
          this.#send(worker, { ...action.message, job, generation });
        }
        return;
      case "answer":
        this.answer(action);
        return;
      case "say":
        log[action.level](action.text, { job, generation: generationText(generation) });
        return;
      case "ended": {
        const { outcome } = action;
        const level = outcome.state === "failed" ? "error" : "info";
        log[level](`the job is ${outcome.state}`, { job, error: outcome.error });
        this.#kept(ledger.jobEnded(job, outcome, run.base?.epoch));
        this.#desks.delete(job);
        this.store.forget(specOf());
        this.gather();
      }
    }
  }

  #deploy(run: JobRun, action: JobAction & { readonly do: "deploy" }): void {
    const { spec } = this.#view!.kept(run.job);
    for (const text of shortagesOf(spec.graph.wishes, action.placement)) {
      this.#settings.log.warn(text, { job: run.job });
    }
    const store = this.store.ofJob(spec);
    for (const [worker, message] of deploymentsOf(spec, { ...action, store })) {
      this.#send(worker, message);
    }
  }

  answer({ askers, epoch, why }: JobAction & { readonly do: "answer" }): void {
    for (const id of askers) {
      const asker = this.#askers.get(id);
      this.#askers.delete(id);
      if (epoch !== undefined) asker?.resolve(epoch);
      else asker?.reject(new WallarooError("no_epoch", String(why), { domain: "external" }));
    }
  }

  /** Gives workers to jobs that wait for some. */
  gather(): void {
    const { clock, log } = this.#settings;
    for (const [job, run] of this.runs) {
      if (run.phase !== "waiting") continue;
      const { spec } = this.#view!.kept(job);
      const now = clock.monotonic();
      const busy = this.#view!.busyFor(job);
      const { members } = this.#view!;
      const { wishes } = spec.graph;
      const bound = boundWorkers({ run, wishes, planFor: (count) => planFor(spec, count) });
      const needed = new Set([...bound.values()].flat());
      const found = gather({ run, wanted: spec.workers, members, busy, bound: needed, now });
      if (found === undefined) continue;
      const workers = found.map(({ introduction: { name, data, host } }) => ({ name, data, host }));
      try {
        const plan = planFor(spec, workers.length);
        const previous = run.placement;
        const placement = place({ plan, wishes, workers, previous, bound });
        const { leaderEpoch } = this.#settings.ledger;
        const generation = { leaderEpoch, attempt: ++this.#attempts };
        const flow = { plan, steps: spec.graph.flow ?? [] };
        this.decide(job, { type: "placed", placement, generation, flow });
        this.#view!.waits.delete(job);
      } catch (error) {
        if (!(error instanceof WallarooError)) throw error;
        if (this.#view!.waits.get(job) !== error.message) log.warn(error.message, { job });
        this.#view!.waits.set(job, error.message);
      }
    }
  }

  /** Once, so that a store that is wiped is known from one in which nothing was kept. */
  #note({ job, base }: JobRun): void {
    if (base === undefined || this.#noted.has(job)) return;
    this.#noted.add(job);
    const { ledger } = this.#settings;
    const noted = ledger.jobKept(job, base.epoch).catch((error: unknown) => {
      // The next checkpoint is noted instead.
      if (!(error instanceof WallarooError) || !PASSES.has(error.code)) throw error;
      this.#noted.delete(job);
    });
    this.#kept(noted);
  }

  /** What cannot be kept must not go on. */
  #kept(append: Promise<void>): void {
    append.catch((error: unknown) => this.#settings.onFatal(error));
  }
}
