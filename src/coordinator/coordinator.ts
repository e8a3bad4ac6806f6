/**
 * The control plane: feeds what happens into pure decisions, and does what they say.
 *
 * Owns: members and runs, as they are now; the order of events.
 * Does not own: what is decided (members, job, gather), what is kept (ledger), sockets (door).
 *
 * E1. Events are decided one at a time; what an effect causes waits behind.
 * E2. A job is in the log before it runs.
 */
import { messageOf, userError } from "../base/errors.ts";
import { OwnTurns } from "./own-turns.ts";
import type { ToCoordinator, ToWorker, WorkerIntroduction } from "../control/messages.ts";
import { generationText, isSameGeneration } from "../control/messages.ts";
import type { Address } from "../ports/network.ts";
import { Archive } from "./archive.ts";
import { Asking } from "./asking.ts";
import { ClusterView } from "./cluster-view.ts";
import type { CoordinatorSettings } from "./coordinator-settings.ts";
import { Door } from "./door.ts";
import type { JobSpec, NewJob } from "./job-spec.ts";
import { Jobs } from "./jobs.ts";
import {
  decideMembers,
  memberAt,
  pulseAt,
  type MemberAction,
  type MemberEvent,
  wrongCluster,
} from "./members.ts";
import { shipBundle } from "./ship-bundle.ts";

/** How often silence, deadlines and waiting jobs are looked at. */
const LOOK_MS = 250;
const LEFT = "it left";

type PartMessage = Exclude<
  ToCoordinator,
  { type: "hello" | "pulse" | "heartbeat" | "bundle_wanted" | "report" | "bye" }
>;

export class Coordinator {
  readonly view: ClusterView;
  readonly archive: Archive;
  readonly #settings: CoordinatorSettings;
  readonly #door: Door;
  readonly #asking: Asking;
  readonly #jobs: Jobs;
  /** Names of jobs that are being written to the log. */
  readonly #coming = new Set<string>();
  readonly #queue: (() => void)[] = [];
  #isDeciding = false;
  #isClosed = false;
  readonly #turns = new OwnTurns(LOOK_MS);

  constructor(settings: CoordinatorSettings) {
    this.#settings = settings;
    const { ledger } = settings;
    this.#asking = new Asking(settings.clock);
    this.#door = new Door(
      { ...settings, leaderEpoch: ledger.leaderEpoch },
      {
        hello: (connection, worker) => this.#do(() => this.#hello(connection, worker)),
        pulse: (connection, worker) => {
          this.#do(() => this.#members({ type: "pulse", connection, worker }));
        },
        heard: (connection) => this.#do(() => this.#heard(connection)),
        message: (connection, message) => this.#do(() => this.#message(connection, message)),
        close: (connection, why) => {
          this.#do(() => this.#members({ type: "closed", connection, why }));
        },
      },
    );
    this.#jobs = new Jobs(
      settings,
      (worker, message) => this.#send(worker, message),
      (fn) => {
        if (!this.#isClosed) this.#do(fn);
      },
    );
    this.view = new ClusterView(settings, {
      runs: this.#jobs.runs,
      refused: this.#door.refused,
      asking: this.#asking,
      send: (worker, message) => this.#send(worker, message),
    });
    this.#jobs.use(this.view);
    this.archive = new Archive({
      view: this.view,
      store: this.#jobs.store,
      barrier: (job) => this.barrier(job),
      begin: (...args) => this.deploy(...args),
    });
  }

  /** Takes up the jobs of the log, and lets workers in. @throws {WallarooError} `port_in_use` */
  async open(address: Address): Promise<Address> {
    const { ledger, bundles } = this.#settings;
    for (const { spec, outcome, isStopping } of ledger.jobs.values()) {
      if (outcome !== undefined) continue;
      if (isStopping) {
        await ledger.jobEnded(spec.job, { state: "stopped", error: undefined });
        continue;
      }
      this.#jobs.begin(spec);
      await bundles.get(spec.bundle).catch((error: unknown) => {
        this.#do(() => this.#jobs.decide(spec.job, { type: "unplaceable", why: messageOf(error) }));
      });
    }
    const bound = await this.#door.open(address);
    this.#look();
    return bound;
  }

  /** Begins a job. Its bundle is in the store.
   *  @throws {WallarooError} `job_exists`, `no_place` */
  async deploy(
    wanted: NewJob,
    before?: (spec: JobSpec) => Promise<void>,
    lineage = `${wanted.job}-${this.#settings.crypto.secret(6).toHex()}`,
  ): Promise<void> {
    const spec: JobSpec = { ...wanted, lineage };
    this.view.checkDeployable(spec);
    if (this.#coming.has(spec.job)) {
      throw userError("job_exists", `a job ${spec.job} is being deployed already`);
    }
    this.#coming.add(spec.job);
    try {
      await before?.(spec);
      await this.#settings.ledger.jobCreated(spec); // E2
    } finally {
      this.#coming.delete(spec.job);
    }
    this.#do(() => {
      this.#jobs.begin(spec);
      this.#jobs.gather();
    });
  }

  /** Asks a job to end; `view` tells when it has. @throws {WallarooError} `no_job` */
  async stop(job: string, how: "drain" | "now"): Promise<void> {
    if (this.view.kept(job).outcome !== undefined) return;
    await this.#settings.ledger.jobStopping(job);
    this.#do(() => this.#jobs.decide(job, { type: "stop", how }));
  }

  /** Resolves when an epoch whose barrier is sent from now on was committed by all workers.
   *  @throws {WallarooError} `no_job`, `no_epoch` */
  barrier(job: string): Promise<number> {
    this.view.kept(job);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const asker = this.#jobs.asker(resolve, reject);
    this.#do(() => {
      if (this.#jobs.runs.has(job)) this.#jobs.decide(job, { type: "round", asker });
      else this.#jobs.answer({ do: "answer", askers: [asker], why: "the job is over" });
    });
    return promise;
  }

  /** Lets workers go; their jobs run on, and are begun anew by the next coordinator. */
  close(): void {
    this.#isClosed = true;
    this.#door.close();
  }

  /** E1 */
  #do(fn: () => void): void {
    this.#queue.push(fn);
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } catch (error) {
      // A decision that cannot be made: nothing that follows could be trusted.
      this.#settings.onFatal(error);
    } finally {
      this.#isDeciding = false;
    }
    this.#settings.onChange?.();
  }

  #look(): void {
    if (this.#isClosed) return;
    const lateMs = this.#turns.late(this.#settings.clock.monotonic());
    this.#do(() => {
      this.#members({ type: "clock", lateMs });
      this.#jobs.look();
    });
    this.#settings.clock.after(LOOK_MS, () => this.#look());
  }

  // Workers

  /** A message is on its way that takes long: its sender's heartbeats are behind it. */
  #heard(connection: number): void {
    this.#members({ type: "heard", connection });
    this.#door.send(connection, { type: "heard" });
  }

  #hello(connection: number, worker: WorkerIntroduction): void {
    const refusal = wrongCluster(worker, this.#settings.cluster);
    if (refusal === undefined) this.#members({ type: "hello", connection, worker });
    else this.#door.refuse(connection, refusal);
  }

  #members(event: MemberEvent): void {
    const now = this.#settings.clock.monotonic();
    const [next, actions] = decideMembers(this.view.members, event, now);
    this.view.members = next;
    for (const action of actions) this.#memberAction(action);
  }

  #memberAction(action: MemberAction): void {
    const { log, ledger } = this.#settings;
    switch (action.do) {
      case "welcome": {
        const { name, running, host, data } = action.worker;
        this.#door.welcome(action.connection);
        log.info("a worker joined", { member: name, host, data });
        ledger.workerNamed(name).catch((error: unknown) => this.#settings.onFatal(error));
        // What it runs was given up when its connection broke.
        if (running !== undefined) this.#send(name, { type: "release", ...running });
        this.#jobs.gather();
        return;
      }
      case "admit":
        this.#door.welcome(action.connection);
        return;
      case "refuse":
        this.#door.refuse(action.connection, action);
        return;
      case "close":
        this.#door.closeConnection(action.connection, action.why);
        return;
      case "lost":
        log[action.why === LEFT ? "info" : "warn"]("a worker is gone", {
          member: action.worker,
          why: action.why,
        });
        this.#asking.lost(action.worker);
        this.#jobs.lost(action.worker, action.why);
        return;
      case "stuck": {
        const { worker, isStuck } = action;
        if (!isStuck) log.info("a worker goes on", { member: worker });
        else log.warn("a worker is alive, and its loop stands still", { member: worker });
      }
    }
  }

  #message(connection: number, message: ToCoordinator): void {
    const member = memberAt(this.view.members, connection);
    const isKnown = member !== undefined || pulseAt(this.view.members, connection) !== undefined;
    if (message.type === "heartbeat" && isKnown) {
      this.#members({ ...message, connection });
      this.#door.send(connection, { type: "heard" });
      return;
    }
    const { type } = message;
    if (member === undefined || type === "hello" || type === "pulse" || type === "heartbeat") {
      this.#door.note("out_of_state", `a message ${type} of a worker that has not joined`);
      this.#door.closeConnection(connection, `${type} is out of place`);
      return;
    }
    const worker = member.introduction.name;
    this.#members({ type: "heard", connection });
    if (message.type === "bye") {
      this.#members({ type: "closed", connection, why: LEFT });
    } else if (message.type === "bundle_wanted") {
      const isOfJob = (hash: string): boolean => this.view.isBundleOfJob(hash);
      const shipping = { door: this.#door, bundles: this.#settings.bundles, isOfJob };
      shipBundle(shipping, connection, message.hash, message.offset);
    } else if (message.type === "report") {
      this.#asking.answer(worker, message.id, message.status);
    } else {
      this.#partMessage(worker, message);
    }
  }

  #partMessage(worker: string, message: PartMessage): void {
    const { job, generation, ...event } = message;
    const run = this.#jobs.runs.get(job);
    if (run === undefined || !isSameGeneration(run.generation, generation)) {
      const which = `${message.type} of ${job} ${generationText(generation)} from ${worker}`;
      this.#door.note("stale", `${which}, which is over`);
      if (message.type !== "released") this.#send(worker, { type: "release", job, generation });
      return;
    }
    if (event.type === "claim" || event.type === "give_up" || event.type === "listens") {
      this.#jobs.claim(run, worker, event);
      return;
    }
    this.#jobs.decide(job, { type: "part", worker, generation, event });
  }

  #send(worker: string, message: ToWorker): void {
    const member = this.view.members.get(worker);
    if (member !== undefined) this.#door.send(member.connection, message);
  }
}
