/** Figures as files: `results/NAME.json`, and all of them as a table. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine } from "./machine.ts";
import { median, rounded, text } from "./numbers.ts";

const FOLDER = join(import.meta.dir, "../results");

/** What one measurement shows, over its runs. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One value a run, in their order. */
  readonly runs: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** At least or at most this much, where there is a target. */
  readonly target?: string;
  readonly isReached?: boolean;
}

export interface Bound {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function figure(
  name: string,
  unit: string,
  runs: readonly number[],
  { atLeast, atMost }: Bound = {},
): Figure {
  const middle = rounded(median(runs));
  const base = {
    name,
    unit,
    runs: runs.map(rounded),
    median: middle,
    min: rounded(Math.min(...runs)),
    max: rounded(Math.max(...runs)),
  };
  if (atLeast !== undefined) {
    return { ...base, target: `at least ${text(atLeast)}`, isReached: middle >= atLeast };
  }
  if (atMost !== undefined) {
    return { ...base, target: `at most ${text(atMost)}`, isReached: middle <= atMost };
  }
  return base;
}

export interface Result {
  readonly case: string;
  readonly about: string;
  readonly date: string;
  /** What `wallaroo version` says of the binary. */
  readonly commit: string;
  readonly machine: Machine;
  /** The load average before and after; it includes our own processes. */
  readonly load: readonly [number, number];
  /** Priority that its processes ran with; 0 is everybody's. */
  readonly nice: number;
  readonly command: string;
  /** How it was shown that nothing was lost or changed. */
  readonly check: string;
  readonly figures: readonly Figure[];
  /** Whatever else each run told. */
  readonly details: readonly unknown[];
}

export function save(result: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${result.case}.json`);
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`);
}

/** All results that are there, as a Markdown table. */
export function tableOfAll(): string {
  const results = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Result);
  const head = ["| Case | Figure | Median | Range | Target | Reached | Load | Commit |"];
  head.push("| --- | --- | --- | --- | --- | --- | --- | --- |");
  const rows = results.flatMap((result) => result.figures.map((one) => rowOf(result, one)));
  return [...head, ...rows].join("\n");
}

function rowOf(result: Result, one: Figure): string {
  const cells = [
    result.case,
    one.name,
    `${text(one.median)} ${one.unit}`,
    `${text(one.min)} to ${text(one.max)}, ${one.runs.length} runs`,
    one.target ?? "",
    one.isReached === undefined ? "" : one.isReached ? "yes" : "**no**",
    result.load.map((value) => value.toFixed(1)).join(" to "),
    result.commit,
  ];
  return `| ${cells.join(" | ")} |`;
}
