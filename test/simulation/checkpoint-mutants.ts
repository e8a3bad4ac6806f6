/** Protections of checkpoints and recovery taken out on purpose: see `mutants.ts`. */
import type { Mutant } from "./mutant.ts";

const LIST: readonly Mutant[] = [
  {
    name: "sinks commit before the checkpoint is stored",
    changes: [
      {
        file: "coordinator/rounds.ts",
        from: "if (isSameSnapshot(snapshot, run.base)) return commitRound(stored); // R3",
        to: "if (snapshot.tasks.length >= 0) return commitRound(stored);",
      },
    ],
  },
  {
    name: "sinks commit at the barrier",
    changes: [
      {
        file: "worker/part.ts",
        from: '    this.#note("checkpoint prepared", epoch);\n',
        to: "    for (const instance of this.#instances) await instance.commit(epoch);\n",
      },
    ],
  },
  {
    name: "a recovery commits nothing",
    changes: [
      {
        file: "worker/settle-sinks.ts",
        from: "for (const { pending } of named) await committer?.commit(pending); // F1",
        to: "void named;",
      },
    ],
  },
  {
    name: "a recovery takes back what the checkpoint names",
    changes: [
      {
        file: "worker/abort-older.ts",
        from: "if (generation < own && epoch !== restored) await",
        to: "if (generation < own && epoch !== -1 && restored !== -1) await",
      },
    ],
  },
  {
    name: "a generation does not take the log of the job",
    changes: [
      {
        file: "coordinator/job-log.ts",
        from: "        const outcome = await this.#append(record, isWanted);\n        if (outcome",
        to: '        const outcome = "ok" as AppendOutcome;\n        if (outcome',
      },
    ],
  },
  {
    name: "an append of unknown outcome counts as one that failed",
    changes: [
      {
        file: "coordinator/job-log.ts",
        from: 'return result === "unknown" ? undefined : result;',
        to: "return result;",
      },
    ],
  },
  {
    name: "a manifest replaces what has its slot",
    changes: [
      {
        file: "storage/file-meta-log.ts",
        from: 'outcome = (await disk.link!(temporary, path)) === "ok" ? "ok" : "taken";',
        to: 'await disk.rename(temporary, path);\n      outcome = "ok";',
      },
    ],
  },
  {
    name: "a coordinator takes the log once, and not for each generation",
    changes: [
      {
        file: "coordinator/job-log.ts",
        from: "        const outcome = await this.#append(record, isWanted);\n        if (outcome",
        to:
          "        const isFirst = this.#generation.leaderEpoch < generation.leaderEpoch;\n" +
          '        const outcome = isFirst ? await this.#append(record, isWanted) : "ok";\n' +
          "        if (outcome",
      },
    ],
  },
  {
    name: "a round begins while the one before it is undecided",
    changes: [
      {
        file: "coordinator/rounds.ts",
        from: 'if (run.round.step !== "idle") return [run, []];\n  const epoch = run.epoch + 1;',
        to: 'if (run.round.step === "aligning") return [run, []];\n  const epoch = run.epoch + 1;',
      },
    ],
  },
  {
    name: "a recovery takes nothing back",
    changes: [
      {
        file: "worker/abort-older.ts",
        from: "if (generation < own && epoch !== restored) await committer!.abort(pending);",
        to: "void [generation, own, epoch, restored, pending];",
      },
    ],
  },
  {
    name: "a recovery takes back what newer generations prepared",
    changes: [
      {
        file: "worker/abort-older.ts",
        from: "if (generation < own && epoch !== restored) await",
        to: "if (generation !== own && epoch !== restored) await",
      },
    ],
  },
  {
    name: "sources are told before the checkpoint is stored",
    changes: [
      {
        file: "worker/part-task.ts",
        from: "    const sinks = await prepared.sinks;\n    return {",
        to:
          "    const sinks = await prepared.sinks;\n" +
          "    for (const { reader, position: at } of prepared.marks)\n" +
          "      if (at !== undefined) await reader.acknowledge(at);\n    return {",
      },
    ],
  },
  {
    name: "a worker takes an older deployment",
    covered: "one connection keeps orders in order, and nothing older can be stored",
    changes: [
      {
        file: "worker/commander.ts",
        from: "if (compareGenerations(order.generation, this.#newest) <= 0) {",
        to: "if (compareGenerations(order.generation, this.#newest) === 0) {",
      },
    ],
  },
  {
    name: "splits are read on one record too late",
    changes: [
      {
        file: "worker/part-restore.ts",
        from: "return new Map(own.map(({ split, position }) => [split, position]));",
        to: "return new Map(own.map(({ split, position: p }) => [split, p && Number(p) + 1]));",
      },
    ],
  },
  {
    name: "splits are read from their start",
    changes: [
      {
        file: "worker/part-restore.ts",
        from: "if (restore === undefined) return undefined;\n  const own",
        to: 'if (restore === undefined || source !== "") return undefined;\n  const own',
      },
    ],
  },
  {
    name: "an entry changes before it is saved",
    changes: [{ file: "state/memory-backend.ts", from: "this.saver?.before(own); // M1", to: "" }],
  },
  {
    name: "an entry goes before it is saved",
    covered:
      "what goes without a touch is over by its ttl, in the checkpoint too; a property test " +
      "compares what is kept",
    changes: [
      {
        file: "state/memory-backend.ts",
        from: "if (entry.epoch !== this.epoch) this.saver?.before(entry); // M1",
        to: "",
      },
    ],
  },
  {
    name: "an entry that was put back is written as a change",
    changes: [
      { file: "state/memory-backend.ts", from: "if (entry.isGone) entry.saved = 0;", to: "" },
    ],
  },
  {
    name: "a chain forgets files that are needed",
    changes: [
      {
        file: "worker/task-snapshots.ts",
        from: "if (left.size === 0) missing.delete(key);",
        to: "missing.delete(key);",
      },
    ],
  },
  {
    name: "removals are not kept",
    changes: [
      {
        file: "state/table-saver.ts",
        from: "      this.#remove(this.#removed[at.removed++]!);",
        to: "      at.removed++;",
      },
    ],
  },
  {
    name: "barriers are not aligned",
    changes: [
      {
        file: "exchange/aligner.ts",
        from: "return isComplete ? epoch : undefined;",
        to: "return isComplete || this.#channels.some((c) => c.isBlocked) ? epoch : undefined;",
      },
    ],
  },
  {
    name: "records that wait for a target are not kept",
    by: "seeds",
    changes: [
      {
        file: "worker/task-extras.ts",
        from: 'add(sink.name, "waiting", record);',
        to: "void record;",
      },
    ],
  },
  {
    name: "a table that is collected belongs to who owns its key group",
    changes: [
      {
        file: "worker/part-restore.ts",
        from: 'if (kind === "collect") return false;',
        to: 'if (kind === "collect") return true;',
      },
    ],
  },
];

export const CHECKPOINT_MUTANTS: readonly Mutant[] = LIST.map((mutant) => ({
  by: "points",
  ...mutant,
}));
