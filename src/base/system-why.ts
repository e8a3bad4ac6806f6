/** Codes of the system in words (pure): what was wrong with a path, and what a person can do. */
import { messageOf } from "./errors.ts";

/** The codes of the system that mean one of ours, and what a person can do about them. */
const KNOWN: Readonly<Record<string, readonly [code: string, why: string]>> = {
  ENOENT: ["not_found", "there is nothing of that name: check the path"],
  ENOTDIR: ["not_found", "a part of the path is a file, not a folder: check the path"],
  ELOOP: ["not_found", "a link in the path leads back to itself: check the path"],
  ENAMETOOLONG: ["not_found", "a name in the path is longer than the file system allows"],
  EEXIST: ["disk", "a file of that name is there already: name another"],
  EACCES: ["no_access", "permission denied: let the user of this process read and write it"],
  EPERM: ["no_access", "not permitted: let the user of this process read and write it"],
  EROFS: ["no_access", "the file system is read-only: choose another folder or mount it writable"],
  ENOSPC: ["disk_full", "the disk is full: free some space or choose another folder"],
  EDQUOT: ["disk_full", "the quota of the user is used up: free some space or raise the quota"],
  EISDIR: ["disk", "it is a folder, where a file is expected: name a file"],
  ESPIPE: ["disk", "it is a pipe, not a file: read it by standard input, stdin() in the app"],
  EMFILE: ["disk", "this process has too many open files: raise its limit (ulimit -n)"],
  ENFILE: ["disk", "the machine has too many open files: raise its limit"],
};

/** `ENOENT` and its like; empty where what was thrown is not of the system. */
export function systemCode(error: unknown): string {
  // Of sockets not all that is thrown is an Error.
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** What a code of the system means; undefined where no words are known. */
export function systemCause(
  code: string,
): { readonly code: string; readonly why: string } | undefined {
  const known = KNOWN[code];
  return known === undefined ? undefined : { code: known[0], why: `${known[1]} (${code})` };
}

/** Why something failed, in our words where it is of the system, else in those of whoever threw. */
export function whyOf(error: unknown): string {
  return systemCause(systemCode(error))?.why ?? messageOf(error);
}
