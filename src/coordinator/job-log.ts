/**
 * The log of one job: which checkpoints there are, and which generation may add to them. What it
 * says is true, whatever anybody remembers.
 *
 * G1. A checkpoint exists exactly when its manifest is a record here.
 * G2. Behind a fence no record of an older generation follows: its slot is taken.
 * G3. A record of unknown outcome is resolved before anything else is added: the same append is
 *     made again, or the fence finds it in its slot and takes it for what it is.
 * G4. What was given up is not begun from again, by nobody, and its number is not used again.
 *
 * Follows the manifest slots and writer epochs of SlateDB, and reliability by create-if-absent.
 */
import { ByteWriter } from "../base/bytes.ts";
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { compareGenerations, generationText } from "../control/messages.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { Generation } from "../model/placement.ts";
import type { AppendOutcome, MetaLog } from "../ports/meta-log.ts";
import { type PatiencePorts, patiently } from "./patiently.ts";
import {
  isJobRecord,
  type JobRecord,
  jobRecordProblem,
  type Past,
  type WentBack,
} from "./job-records.ts";

const NO_GENERATION: Generation = { leaderEpoch: 0, attempt: 0 };

/** A checkpoint, and where its manifest stands. */
export interface KeptManifest {
  readonly slot: number;
  readonly manifest: Manifest;
}

export class JobLog {
  readonly #log: MetaLog;
  readonly #ports: PatiencePorts;
  #tail = 0;
  #generation = NO_GENERATION;
  #epoch = 0;
  #kept: KeptManifest[] = [];
  #wentBack: WentBack | undefined;
  #past: Past | undefined;
  /** Appends one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** A fence waits: what is being tried is given up. */
  #fences = 0;

  private constructor(log: MetaLog, ports: PatiencePorts) {
    this.#log = log;
    this.#ports = ports;
  }

  /** Reads all records. @throws {WallarooError} `log_damaged`, `log_gap`, `disk` */
  static async open(log: MetaLog, ports: PatiencePorts): Promise<JobLog> {
    const opened = new JobLog(log, ports);
    opened.#tail = await log.head();
    await opened.#readOn();
    return opened;
  }

  /** The newest complete checkpoint. */
  get base(): Manifest | undefined {
    return this.#kept.at(-1)?.manifest;
  }

  /** All that can be read, the oldest first. */
  get kept(): readonly KeptManifest[] {
    return this.#kept;
  }

  /** The greatest epoch that may have been begun: it is not used again. */
  get lastEpoch(): number {
    if (this.#tail === 0) return 0;
    // Between two records one epoch at most can have been begun and not be here.
    return Math.max(this.#epoch, this.newest) + 1;
  }

  /** The epoch of the newest checkpoint that there was, given up or not; 0: none. */
  get newest(): number {
    return Math.max(this.base?.epoch ?? 0, this.#wentBack?.from ?? 0);
  }

  /** The last time that some were given up, as far as the log reaches. */
  get wentBack(): WentBack | undefined {
    return this.#wentBack;
  }

  /** As it was told last. */
  get past(): Past | undefined {
    return this.#past;
  }

  /**
   * Takes the log for a generation: nothing older can add to it any more. Resolves with the newest
   * checkpoint below it, when the log could be reached. `isWanted` false ends the trying.
   * @throws {WallarooError} `not_leader` when a newer generation has taken it
   */
  async fence(
    generation: Generation,
    epoch: number,
    isWanted: () => boolean,
    past?: Past,
  ): Promise<Manifest | undefined> {
    this.#fences++;
    return await this.#inTurn(async () => {
      this.#fences--;
      const record: JobRecord = { type: "fence", generation, epoch, past };
      for (;;) {
        if (compareGenerations(this.#generation, generation) > 0) throw this.#taken(); // G2
        const outcome = await this.#append(record, isWanted);
        if (outcome === "ok" || outcome === "unknown") return this.base;
        await patiently(this.#ports, () => this.#readOn(), isWanted); // G3
      }
    });
  }

  /**
   * Adds a checkpoint. `unknown` when it was given up while it was not known whether it is there:
   * a fence follows. @throws {WallarooError} `not_leader`
   */
  async checkpoint(manifest: Manifest, past?: Past): Promise<"ok" | "unknown"> {
    return await this.#inTurn(async () => {
      if (compareGenerations(manifest.generation, this.#generation) < 0) return "unknown";
      const record: JobRecord = { type: "checkpoint", manifest, past };
      const outcome = await this.#append(record, () => this.#fences === 0);
      if (outcome === "taken") {
        await this.#readOn();
        throw this.#taken();
      }
      return outcome;
    });
  }

  /** Gives up what is newer than `to`, for the generation that has the log. Resolves when that is
   *  so; undefined when nobody wants it any more, and it may be so or not.
   *  @throws {WallarooError} `not_leader` */
  async goBack(
    went: WentBack,
    generation: Generation,
    isWanted: () => boolean,
  ): Promise<Manifest | undefined> {
    return await this.#inTurn(async () => {
      const isOurs = compareGenerations(generation, this.#generation) === 0;
      if (!isOurs || !isWanted()) return undefined;
      const record: JobRecord = { type: "back", generation, ...went };
      const outcome = await this.#append(record, isWanted);
      if (outcome === "ok") return this.base;
      if (outcome === "unknown" || !isWanted()) return undefined;
      await this.#readOn();
      throw this.#taken();
    });
  }

  /** Begins an empty log with a checkpoint of another one. `used`: numbers up to there are. */
  async seed(manifest: Manifest, used = 0): Promise<void> {
    await this.#inTurn(async () => {
      // Older than any generation: the first fence comes behind it.
      const generation = NO_GENERATION;
      const records: readonly JobRecord[] = [
        { type: "checkpoint", manifest: { ...manifest, generation } },
        { type: "fence", generation, epoch: Math.max(used, manifest.epoch) }, // G4
      ];
      for (const record of records) {
        if ((await this.#append(record, () => true)) !== "ok") throw this.#taken();
      }
    });
  }

  /** Whether a generation has added to it, or given up what it began with. */
  get isUsed(): boolean {
    const isOwn = ({ manifest: { generation } }: KeptManifest): boolean =>
      compareGenerations(generation, NO_GENERATION) > 0;
    return this.#wentBack !== undefined || this.#kept.some(isOwn);
  }

  /** Keeps the newest `count` checkpoints. Returns those that were dropped. */
  async keep(count: number): Promise<readonly Manifest[]> {
    return await this.#inTurn(async () => {
      const dropped = this.#kept.slice(0, Math.max(0, this.#kept.length - count));
      if (dropped.length === 0) return [];
      const rest = this.#kept.slice(dropped.length);
      await this.#log.trim(rest[0]!.slot);
      this.#kept = rest;
      return dropped.map(({ manifest }) => manifest);
    });
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Appends until the outcome is known, or nobody wants it any more. */
  async #append(record: JobRecord, isWanted: () => boolean): Promise<AppendOutcome> {
    const writer = new ByteWriter(4_096);
    writePlain(record, writer);
    const bytes = writer.take();
    const outcome = await patiently(
      this.#ports,
      async () => {
        const result = await this.#log.append(this.#tail, bytes);
        return result === "unknown" ? undefined : result;
      },
      isWanted,
    );
    if (outcome === "ok") this.#apply(record, this.#tail++);
    return outcome ?? "unknown";
  }

  async #readOn(): Promise<true> {
    for (;;) {
      const content = await this.#log.read(this.#tail);
      if (content === undefined) return true;
      this.#apply(decode(content, this.#tail), this.#tail);
      this.#tail++;
    }
  }

  #apply(record: JobRecord, slot: number): void {
    const { generation } = record.type === "checkpoint" ? record.manifest : record;
    if (compareGenerations(generation, this.#generation) < 0) {
      const newer = generationText(this.#generation);
      throw unreadable(slot, `it is of generation ${generationText(generation)}, behind ${newer}`);
    }
    this.#generation = generation;
    if (record.type !== "back") this.#past = record.past ?? this.#past;
    if (record.type === "fence") this.#epoch = Math.max(this.#epoch, record.epoch);
    else if (record.type === "checkpoint") this.#kept.push({ slot, manifest: record.manifest });
    else this.#giveUp(record);
  }

  /** G4 */
  #giveUp({ from, to, why }: WentBack): void {
    this.#kept = this.#kept.filter(({ manifest }) => manifest.epoch <= to);
    this.#wentBack = { from, to, why };
  }

  #taken(): WallarooError {
    return externalError(
      "not_leader",
      `generation ${generationText(this.#generation)} has taken the log of the job: another ` +
        "coordinator leads. Run one coordinator for one --data folder or --store",
    );
  }
}

function decode(content: Uint8Array, slot: number): JobRecord {
  let value: unknown;
  try {
    value = readPlain(content, 0, content.length);
  } catch (error) {
    throw unreadable(slot, messageOf(error));
  }
  if (!isJobRecord(value)) throw unreadable(slot, jobRecordProblem(value));
  return value;
}

function unreadable(slot: number, why: string): WallarooError {
  return externalError(
    "log_damaged",
    `record ${slot} of the job's log cannot be read: ${why}; was it written by a newer engine?`,
  );
}
