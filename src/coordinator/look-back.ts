/**
 * A job cannot read its newest checkpoint: finds out what is damaged, and goes back to an older one
 * where `way-back.ts` says that nobody outside can tell.
 *
 * K1. Only files that are wrong several times running are damaged; a store that is away is asked
 *     again.
 * K2. What is given up stays in the store, by the name `damaged-N`, before the log says that it is
 *     given up.
 */
import type { Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import { VERIFY_TRIES } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Store } from "../ports/store.ts";
import { externalError } from "../base/errors.ts";
import { earlierKept } from "./earlier-kept.ts";
import type { JobLog } from "./job-log.ts";
import type { JobSpec } from "./job-spec.ts";
import { type PatiencePorts, patiently } from "./patiently.ts";
import { readBack, type Verdict } from "./read-back.ts";
import { epochOfName, isDamagedName, type Savepoints } from "./savepoints.ts";
import { versionOf } from "./snapshots.ts";
import { wayBack } from "./way-back.ts";
import type { Generation } from "../model/placement.ts";

export interface LookBackPorts extends PatiencePorts {
  readonly store: Store;
  readonly crypto: Crypto;
}

export interface LookBackJob {
  readonly spec: JobSpec;
  /** That the generation has taken. */
  readonly log: JobLog;
  readonly generation: Generation;
  readonly savepoints: Savepoints;
  readonly isWanted: () => boolean;
}

/** Why the job stays where it is, empty when nothing is damaged; undefined when it went back, or
 *  nobody wants to know any more. @throws {WallarooError} `not_leader` */
export async function lookBack(
  { spec, log, generation, savepoints, isWanted }: LookBackJob,
  ports: LookBackPorts,
): Promise<string | undefined> {
  const kept = log.kept.map(({ manifest }) => manifest);
  const newest = kept.at(-1);
  if (newest === undefined || !isWanted()) return undefined;
  const wrong = await wrongFiles(kept, ports, isWanted);
  const [first] = filesOf(newest).filter(({ name }) => wrong.has(name));
  if (!isWanted()) return undefined;
  if (first === undefined) {
    const text = `all files of checkpoint ${newest.epoch} are whole, as the coordinator reads them`;
    ports.log.warn(text, { job: spec.job });
    return "";
  }
  const before = kept.length === 1 ? await olderBefore(spec, newest, ports) : [];
  const wrongBefore = await wrongFiles(before, ports, isWanted);
  const all = await patiently(ports, () => savepoints.list(), isWanted);
  if (all === undefined) return undefined;
  const way = wayBack({
    job: spec.job,
    kept,
    before,
    damaged: new Set([...wrong.keys(), ...wrongBefore.keys()]),
    savepoints: [...all.savepoints, ...all.unreadable]
      .filter(({ name }) => !isDamagedName(name))
      .map(({ name }) => ({ name, epoch: epochOfName(name) })),
    outside: spec.graph.outside,
    version: versionOf(spec, ports.crypto),
  });
  if ("why" in way) return way.why;
  for (const one of way.gaveUp) {
    // K2
    await patiently(ports, () => savepoints.keepDamaged(one), isWanted);
    if (!isWanted()) return undefined;
  }
  const { epoch: to } = way.to;
  const why = `${first.name}: ${wrong.get(first.name)}`;
  const went = await log.goBack({ from: newest.epoch, to, why }, generation, isWanted);
  if (went === undefined) return undefined;
  ports.log.error(
    `checkpoint ${newest.epoch} is damaged, and the job goes back to ${to}, which is whole: no ` +
      "output that counts once was shown since, and all input is read again. What is damaged is " +
      `kept as damaged-${newest.epoch}; look after the store`,
    { job: spec.job, from: newest.epoch, to, why },
  );
  return undefined;
}

/** What a job that was just restored had kept before, older than what it began with. */
async function olderBefore(
  spec: JobSpec,
  { epoch }: Manifest,
  ports: LookBackPorts,
): Promise<readonly Manifest[]> {
  const earlier = await earlierKept(spec, ports);
  return earlier
    .filter((one) => one.manifest.epoch < epoch && !one.isLeft && !isDamagedName(one.name))
    .map(({ manifest }) => manifest)
    .toSorted((a, b) => a.epoch - b.epoch);
}

/** K1. By name, what is wrong with it. */
async function wrongFiles(
  kept: readonly Manifest[],
  ports: LookBackPorts,
  isWanted: () => boolean,
): Promise<ReadonlyMap<string, string>> {
  const wrong = new Map<string, string>();
  const files = new Map(kept.flatMap(filesOf).map((file) => [file.name, file]));
  for (const file of files.values()) {
    const read = async (): Promise<Verdict> => {
      const verdict = await readBack({ ...ports, blobs: ports.store.blobs }, file, async () =>
        isWanted(),
      );
      if (verdict === "good" || verdict.isDamage) return verdict;
      throw externalError("store_unavailable", verdict.why);
    };
    for (let attempt = 1; attempt <= VERIFY_TRIES && isWanted(); attempt++) {
      const verdict = await patiently(ports, read, isWanted);
      if (verdict === undefined || verdict === "good") {
        wrong.delete(file.name);
        break;
      }
      wrong.set(file.name, verdict.why);
      await new Promise<void>((resolve) => void ports.clock.after(100, resolve));
    }
  }
  return wrong;
}
