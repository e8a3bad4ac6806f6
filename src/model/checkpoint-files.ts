/** Which files a checkpoint consists of: tasks that were moved share some (pure). */
import type { FileRef, PartSnapshot } from "./checkpoint.ts";

type Files = Pick<PartSnapshot, "tasks">;

/** Each once, in the order of the tasks. */
export function filesOf({ tasks }: Files): readonly FileRef[] {
  const all = tasks.flatMap(({ files }) => files.map((file) => [file.name, file] as const));
  return [...new Map(all).values()];
}

/** Their names. */
export function namesOf(checkpoint: Files): readonly string[] {
  return filesOf(checkpoint).map(({ name }) => name);
}

/** How many, and their bytes together. */
export function sizesOf(checkpoint: Files): { files: number; bytes: number } {
  const all = filesOf(checkpoint);
  return { files: all.length, bytes: all.reduce((total, { size }) => total + size, 0) };
}
