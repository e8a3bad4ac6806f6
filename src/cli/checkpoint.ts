/** `wallaroo checkpoint ls | verify | dump`: a store looked at, without a cluster. */
import { externalError } from "../base/errors.ts";
import { sizesOf } from "../model/checkpoint-files.ts";
import { argument, command, flag, option, optionalArgument } from "./command.ts";
import { openStoreReader, STORE_OPTIONS } from "./store-options.ts";
import { bytesText, tableText } from "./table.ts";
import { word } from "./values.ts";

const JOB = optionalArgument("JOB", "the job's name, or its whole name in the store (all)", word);
const OPTIONS = {
  ...STORE_OPTIONS,
  json: flag("print JSON"),
};

export const checkpointList = command({
  name: "checkpoint ls",
  summary: "list the checkpoints of a store, without a cluster",
  args: { job: JOB },
  options: OPTIONS,
  examples: [["wallaroo checkpoint ls --data /var/lib/wallaroo", "all jobs"]],
  async run({ args, options, io }) {
    const reader = await openStoreReader(options, io);
    const found: object[] = [];
    const rows: string[][] = [];
    for (const lineage of await reader.named(args.job)) {
      for (const { manifest, savepoint } of await reader.checkpoints(lineage)) {
        const { epoch, at, app } = manifest;
        const { files, bytes } = sizesOf(manifest);
        const time = new Date(at).toISOString();
        found.push({ job: lineage, app, epoch, time, files, bytes, savepoint });
        rows.push([lineage, `${epoch}`, time, `${files}`, bytesText(bytes), savepoint ?? ""]);
      }
    }
    const titles = ["job", "checkpoint", "taken", "files", "size", "kept as"];
    const columns = titles.map((title) => ({ title }));
    const none = `no checkpoints in ${reader.url}\n`;
    const text = rows.length === 0 ? none : tableText(columns, rows, io.stdout);
    await io.stdout.write(options.json ? `${JSON.stringify({ checkpoints: found })}\n` : text);
    return 0;
  },
});

export const checkpointVerify = command({
  name: "checkpoint verify",
  summary: "check that the checkpoints of a store are whole",
  about: "Reads every file of every checkpoint, and compares hashes and checksums.",
  args: { job: JOB },
  options: OPTIONS,
  examples: [["wallaroo checkpoint verify", "exits 1 when something is damaged"]],
  async run({ args, options, io }) {
    const reader = await openStoreReader(options, io);
    const problems: { job: string; epoch: number; file: string; problem: string }[] = [];
    const files = new Set<string>();
    let count = 0;
    for (const job of await reader.named(args.job)) {
      for (const { manifest } of await reader.checkpoints(job)) {
        const verdicts = await reader.verify(job, manifest);
        if (verdicts === undefined) continue;
        count++;
        for (const { name, problem } of verdicts) {
          files.add(name);
          if (problem === undefined) continue;
          problems.push({ job, epoch: manifest.epoch, file: name, problem });
        }
      }
    }
    if (count === 0) {
      throw externalError(
        "no_checkpoint",
        `there are no files of checkpoints in ${reader.url}: is it the right store? Name it with ` +
          "--store or --data",
      );
    }
    const lines = problems.map((one) => `${one.job}, checkpoint ${one.epoch}: ${one.problem}`);
    const verdict = `${count} checkpoints, ${files.size} files, ${problems.length} problems`;
    const told = { checkpoints: count, files: files.size, problems };
    await io.stdout.write(
      options.json ? `${JSON.stringify(told)}\n` : `${[...lines, verdict].join("\n")}\n`,
    );
    if (problems.length > 0) {
      const what = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
      throw externalError("damaged", `${what} in ${reader.url}: put files back from a copy`);
    }
    return 0;
  },
});

export const checkpointDump = command({
  name: "checkpoint dump",
  summary: "print the state of a step in a checkpoint, as JSON lines",
  args: {
    job: argument("JOB", "the job's name, or its whole name in the store", word),
    step: argument("STEP", "the step's name", word),
  },
  options: {
    at: option("CHECKPOINT", "its number, or the name of a savepoint (the newest)", word),
    ...STORE_OPTIONS,
  },
  examples: [["wallaroo checkpoint dump word-count count", 'lines of {"key": ..., "state": ...}']],
  async run({ args, options, io }) {
    const reader = await openStoreReader(options, io);
    const chosen = await reader.choose(args.job, options.at);
    for (const entry of await reader.dump(chosen.manifest, args.step)) {
      await io.stdout.write(`${JSON.stringify(entry, jsonOf)}\n`);
    }
    return 0;
  },
});

/** What JSON has no form for, in the nearest that it has. */
function jsonOf(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return value.toBase64();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return value;
}
