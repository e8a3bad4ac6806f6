/**
 * The visible parts of a file sink, in the order in which they were committed: by epoch, which is
 * the number in a part's name, then by the sink's connection.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface PartName {
  readonly name: string;
  readonly number: number;
  readonly index: number;
}

/** Undefined for what is hidden, or no part. */
export function readPartName(name: string): PartName | undefined {
  const found = /^part-(\d+)-(\d+)\.txt$/.exec(name);
  return found === null ? undefined : { name, index: Number(found[1]), number: Number(found[2]) };
}

export function partsIn(folder: string): readonly PartName[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // No part was ever written.
  }
  return names
    .flatMap((name) => readPartName(name) ?? [])
    .sort((a, b) => a.number - b.number || a.index - b.index);
}

/** Whole lines; a part that ends within one says so. */
export function linesOf(folder: string, name: string): readonly string[] {
  const lines = readFileSync(join(folder, name), "utf8").split("\n");
  const rest = lines.pop()!;
  return rest === "" ? lines : [...lines, `${rest} TORN`];
}
