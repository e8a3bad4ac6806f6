/**
 * A cluster of real processes under load: coordinator, three workers, the job, the ledger and the
 * receiver; what is done to it, and what is waited for.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterSummary, JobSummary } from "../../../src/model/cluster-status.ts";
import { wrongIn } from "../oracle/process-log.ts";
import { grownFrom, type Held, heldBy } from "../oracle/resources.ts";
import type { LedgerSettings } from "./ledger.ts";
import { BRIDGE_SINK } from "./receiver.ts";
import { COORDINATOR, MEMBERS, type Member, WORKERS } from "./plan.ts";
import { Processes, type StoreServer } from "./processes.ts";
import { Stored } from "./stored.ts";
import { Verdict } from "./verdict.ts";
import { Ledger, Receiver } from "./witness.ts";

export const JOB = "kill";
/** No fault is active, and nothing new came out for so long: it does not go on by itself. */
const PROGRESS_MS_MAX = 60_000;
/** Checkpoints of the quiet period in which late duplicates would show. */
const QUIET_MS = 3_500;
const LOOK_MS = 10;

/** A line `checkpoint ...` of the binary that can pause. */
export interface GapLine {
  readonly text: string;
  readonly at: number;
  readonly pid: number;
  readonly epoch: number;
}

export class KillCluster implements AsyncDisposable {
  readonly folder: string;
  readonly processes: Processes;
  readonly receiver: Receiver;
  readonly verdict: Verdict;
  readonly #ledger: Ledger;
  /** What each process held when the job had begun. */
  readonly #held = new Map<Member, Held>();
  /** Left as it is, to be looked at. */
  isKept = false;

  private constructor(processes: Processes, ledger: Ledger, receiver: Receiver, verdict: Verdict) {
    this.processes = processes;
    this.#ledger = ledger;
    this.receiver = receiver;
    this.verdict = verdict;
    this.folder = processes.folder;
  }

  /** Resolves when the output of what was loaded first is there, or of the first records. */
  static async start(
    binary: string,
    load: LedgerSettings,
    store?: StoreServer,
  ): Promise<KillCluster> {
    const folder = mkdtempSync(join(tmpdir(), "wallaroo-kill-"));
    const [input, output] = ["in", "out"].map((name) => join(folder, name));
    const folders = { input: input!, output: output! };
    mkdirSync(join(folder, "apps"));
    cpSync(join(import.meta.dir, "app"), join(folder, "apps", JOB), { recursive: true });
    const processes = new Processes(binary, folder, store);
    const ledger = await Ledger.start(folders.input, load);
    const receiver = await Receiver.start(folders.output);
    const verdict = new Verdict(folders);
    const cluster = new KillCluster(processes, ledger, receiver, verdict);
    try {
      processes.start(COORDINATOR);
      await processes.learnPorts();
      for (const worker of WORKERS) processes.start(worker);
      await cluster.until("all workers are there", async () => {
        return (await cluster.#ask<ClusterSummary>("GET", "/v1/cluster"))?.workers === 3;
      });
      const { port } = receiver;
      const set = { in: folders.input, out: folders.output, receiver: `127.0.0.1:${port}` };
      await cluster.#ask("POST", "/v1/jobs", { app: JOB, set });
      const first = Math.max(1, load.preload);
      await cluster.until("the first output", () => receiver.linesOf("chains") >= first);
      for (const member of MEMBERS) cluster.#held.set(member, cluster.#heldBy(member));
    } catch (error) {
      cluster.isKept = true;
      await cluster[Symbol.asyncDispose]();
      throw new Error(`see ${folder}`, { cause: error });
    }
    return cluster;
  }

  /** Undefined while the coordinator does not answer. */
  async job(): Promise<JobSummary | undefined> {
    const answer = await this.#ask<{ jobs: readonly JobSummary[] }>("GET", "/v1/jobs");
    return answer?.jobs.find(({ job }) => job === JOB);
  }

  /** Resolves with the time of the first output made of a record written at `from` or later. */
  async goesOn(from: number): Promise<number> {
    await this.until("new output is committed", () => this.receiver.firstNew(from) !== undefined);
    return this.receiver.firstNew(from)!;
  }

  /** @throws {Error} when no fault is active, nothing new comes out, and it does not come true */
  async until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    let parts = -1;
    let deadline = 0;
    while (!(await isTrue())) {
      const now = performance.now();
      if (this.receiver.parts.length > parts) deadline = now + PROGRESS_MS_MAX;
      parts = this.receiver.parts.length;
      if (now > deadline) {
        const job = JSON.stringify(await this.job());
        throw new Error(`for ${PROGRESS_MS_MAX} ms it was not so: ${what}; the job is ${job}`);
      }
      await Bun.sleep(LOOK_MS);
    }
  }

  /** The process stops itself behind its next line of this text. */
  wishPause(member: Member, line: string): void {
    writeFileSync(join(this.folder, `${member}.wish`), line);
  }

  /** What it said when it stopped, once. */
  takePause(member: Member): GapLine | undefined {
    const path = join(this.folder, `${member}.stopped`);
    try {
      const line = JSON.parse(readFileSync(path, "utf8")) as GapLine; // Of our own logger.
      rmSync(path);
      return line;
    } catch {
      return undefined;
    }
  }

  /** The last line of a checkpoint that a process wrote: where it was killed. */
  lastGap(member: Member, pid: number): GapLine | undefined {
    const text = readFileSync(join(this.folder, `${member}.gaps`), "utf8");
    const lines = text.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as GapLine).findLast((line) => line.pid === pid);
  }

  /** Nothing more goes in; everything comes out, and then nothing more. Returns the records. */
  async drain(): Promise<number> {
    const records = await this.#ledger.end();
    const { receiver } = this;
    for (const sink of ["chains", BRIDGE_SINK]) {
      await this.until(`all of ${sink} is out`, () => receiver.linesOf(sink) >= records);
    }
    await this.until("all balances are out", () => receiver.linesOf("balances") >= 2 * records);
    await Bun.sleep(QUIET_MS);
    const { problems } = await receiver.end();
    this.verdict.end();
    const grown = MEMBERS.flatMap((member) =>
      grownFrom(this.#held.get(member)!, this.#heldBy(member)).map((text) => `${member}: ${text}`),
    );
    this.throwOf([...problems, ...this.verdict.problems, ...grown]);
    await this.processes.killAll();
    const { ledger, balances } = this.verdict;
    const stored = new Stored(this.processes);
    this.throwOf(await stored.verify());
    this.throwOf([...(await stored.chains(ledger)), ...(await stored.balances(balances))]);
    return records;
  }

  /** @throws {Error} of what the checkers object to so far */
  check(): void {
    this.verdict.look();
    const logs = MEMBERS.flatMap((member) => wrongIn(this.processes.log(member)));
    const { violations } = this.receiver;
    const { surprises } = this.processes;
    this.throwOf([...this.verdict.problems, ...violations, ...logs, ...surprises]);
  }

  throwOf(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const counts = JSON.stringify(this.verdict.counts);
    throw new Error(`${counts}\n${problems.join("\n")}\nsee ${this.folder}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes.killAll();
    this.#ledger[Symbol.dispose]();
    this.receiver[Symbol.dispose]();
    if (!this.isKept) rmSync(this.folder, { recursive: true, force: true });
  }

  #heldBy(member: Member): Held {
    return heldBy(this.processes.pid(member)!);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T | undefined> {
    let answer: Response;
    try {
      const token = readFileSync(join(this.folder, ".wallaroo", "token"), "utf8").trim();
      answer = await fetch(`http://127.0.0.1:${this.processes.ports.http}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(2_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (body !== undefined) throw error;
      return undefined;
    }
    const text = await answer.text();
    if (body !== undefined && !answer.ok) throw new Error(text);
    return answer.ok ? (JSON.parse(text) as T) : undefined; // Of our own server.
  }
}
