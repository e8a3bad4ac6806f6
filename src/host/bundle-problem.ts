/** What the bundler says of an app that it cannot bundle, in our words (pure). */
import { dirname, join } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { systemCause } from "../base/system-why.ts";
import { codeFrame, placeText } from "./error-place.ts";

/** What an error shows at most. */
const PROBLEMS_MAX = 5;

/** What is looked at of what the bundler tells. */
export interface BuildLog {
  readonly level: string;
  readonly name: string;
  readonly message: string;
  readonly position: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly lineText: string;
  } | null;
}

/** What keeps a bundle from being made: each problem with its place, file by file. */
export function bundleError(file: string, logs: readonly BuildLog[]): Error {
  const unread = logs.map(unreadFile).find((found) => found !== undefined);
  if (unread !== undefined) {
    const of = unread.path === file ? `app ${file}` : `app ${file}: ${unread.path}`;
    return externalError("no_access", `${of} cannot be read: ${unread.why}`);
  }
  const errors = logs.filter(({ level }) => level === "error");
  const shown = errors.slice(0, PROBLEMS_MAX).map(problemText);
  if (errors.length > shown.length) shown.push(`and ${errors.length - shown.length} more`);
  const isImport = errors.some(({ name }) => name === "ResolveMessage");
  const what = isImport ? "imports what is not there" : "cannot be read";
  return userError(
    isImport ? "app_import" : "app_syntax",
    `app ${file} ${what}\n  ${shown.join("\n  ")}`,
  );
}

/** A file that the system did not give: it has no line that could be wrong. */
function unreadFile({ message, position }: BuildLog): { path: string; why: string } | undefined {
  const cause = systemCause(/^(E[A-Z]+): /.exec(message)?.[1] ?? "");
  return cause === undefined || !position ? undefined : { path: position.file, why: cause.why };
}

function problemText(log: BuildLog): string {
  const { position } = log;
  if (position === null) return problem(log.message, undefined);
  const place = { file: position.file, line: position.line, column: position.column };
  const text = problem(log.message, place.file);
  return `${placeText(place)}: ${text}${codeFrame(place, position.lineText)}`;
}

function problem(message: string, from: string | undefined): string {
  const name = /^Could not resolve: "([^"]+)"/.exec(message)?.[1];
  if (name === undefined) return message;
  if (/^[./]/.test(name)) return `there is no file "${name}" beside it`;
  const looked = from === undefined ? "" : `, looked for in ${lookedIn(dirname(from))}`;
  const top = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  return `there is no package "${top}"${looked}; install it beside the app: npm install ${top}`;
}

function lookedIn(folder: string): string {
  const parent = dirname(folder);
  const above = parent === folder ? "" : " and the folders above";
  return `${join(folder, "node_modules")}${above}`;
}
