/** Paths of the file connector, and names that fit a pattern. */
import { isAbsolute } from "node:path";
import type { Disk } from "../../ports/disk.ts";
import { badOption } from "../bad-option.ts";

/** The path for the disk: the disk alone knows where relative paths start. */
export function absolutePath(where: string, path: string, disk: Disk): string {
  if (isAbsolute(path)) return path;
  if (disk.absolute !== undefined) return disk.absolute(path);
  throw badOption(where, `path ${path} is relative, and this disk has no folder to start at`);
}

/** A test of names: `*` is any text, `?` any character. */
export function nameFilter(where: string, pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  if (pattern === "" || pattern.includes("/")) {
    throw badOption(
      where,
      `pattern ${JSON.stringify(pattern)} is for names in the folder: write one like "*.jsonl"`,
    );
  }
  const text = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const names = new RegExp(`^${text.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
  return (name) => names.test(name);
}
