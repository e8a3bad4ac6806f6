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

/** Of a file of a checkpoint, of a savepoint, or of the log of a job. */
interface Problem {
  readonly job: string;
  readonly epoch?: number;
  readonly file?: string;
  readonly savepoint?: string | undefined;
  readonly problem: string;
}

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
    const problems: Problem[] = [];
    for (const lineage of await reader.named(args.job)) {
      const { checkpoints, unreadable } = await reader.checkpoints(lineage);
      problems.push(...unreadable.map((one) => ({ job: lineage, ...one })));
      for (const { manifest, savepoint } of checkpoints) {
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
    const json = { checkpoints: found, problems };
    const lines = problems.map((one) => `${problemText(one)}\n`);
    await io.stdout.write(options.json ? `${JSON.stringify(json)}\n` : [text, ...lines].join(""));
    checkNone(problems, reader.url);
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
    const problems: Problem[] = [];
    const files = new Set<string>();
    let count = 0;
    for (const job of await reader.named(args.job)) {
      const { checkpoints, unreadable } = await reader.checkpoints(job);
      problems.push(...unreadable.map((one) => ({ job, ...one })));
      for (const { manifest } of checkpoints) {
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
    if (count === 0 && problems.length === 0) {
      throw externalError(
        "no_checkpoint",
        `there are no files of checkpoints in ${reader.url}: is it the right store? Name it with ` +
          "--store or --data",
      );
    }
    const lines = problems.map(problemText);
    const verdict = `${count} checkpoints, ${files.size} files, ${problems.length} problems`;
    const told = { checkpoints: count, files: files.size, problems };
    await io.stdout.write(
      options.json ? `${JSON.stringify(told)}\n` : `${[...lines, verdict].join("\n")}\n`,
    );
    checkNone(problems, reader.url);
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

/** What is told before is all that could be looked at. @throws {WallarooError} `damaged` */
function checkNone({ length }: readonly Problem[], url: string): void {
  if (length === 0) return;
  const what = length === 1 ? "1 problem" : `${length} problems`;
  throw externalError("damaged", `${what} in ${url}: put files back from a copy`);
}

function problemText({ job, epoch, problem }: Problem): string {
  return `${job}${epoch === undefined ? "" : `, checkpoint ${epoch}`}: ${problem}`;
}

/** What JSON has no form for, in the nearest that it has. */
function jsonOf(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return value.toBase64();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return value;
}
