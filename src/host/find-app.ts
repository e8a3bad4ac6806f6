/** From what was typed as APP to the file of the app: a name in the apps folder, or a path. */
import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, extname, isAbsolute, join, resolve } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { systemCode, whyOf } from "../base/system-why.ts";
import { nearest } from "../base/nearest.ts";

const EXTENSIONS = [".ts", ".js", ".mts", ".mjs", ".tsx", ".jsx"];
/** Other kinds are taken where a path names them. */
const SOURCE = /\.[cm]?[jt]sx?$/;
/** How many apps an error lists. */
const SHOWN_MAX = 20;

export interface AppPlace {
  readonly argument: string;
  /** Folder of apps: `NAME/app.ts` or `NAME.ts`. */
  readonly appsFolder: string;
  /** The folder that relative paths start from. */
  readonly cwd: string;
}

/** The absolute path of the app's file. @throws {WallarooError} `app_not_found` */
export function findApp(place: AppPlace): string {
  const { argument } = place;
  const folder = resolve(place.cwd, place.appsFolder);
  if (argument === "") {
    throw userError("app_not_found", `no app is named${listed(appsIn(folder), folder)}`);
  }
  const isPath = /[/\\]/.test(argument) || argument === "." || argument === "..";
  if (!isPath) {
    const found = inFolder(join(folder, argument)) ?? withExtension(join(folder, argument));
    if (found !== undefined) return found;
  }
  const path = resolve(place.cwd, argument);
  const found = asFile(path) ?? inFolder(path) ?? withExtension(path);
  if (found !== undefined) return asSource(found);
  if (isPath || isAbsolute(argument) || EXTENSIONS.includes(extname(argument))) {
    throw pathError(argument, path);
  }
  throw nameError(argument, folder);
}

/** The names of the apps in a folder, sorted. */
export function appsIn(folder: string): readonly string[] {
  const names = new Set<string>();
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry);
    if (inFolder(path) !== undefined) names.add(entry);
    else if (asFile(path) !== undefined && isAppFile(entry))
      names.add(basename(entry, extname(entry)));
  }
  return [...names].sort();
}

function isAppFile(name: string): boolean {
  return EXTENSIONS.includes(extname(name)) && !/\.(test|spec|d)\.\w+$/.test(name);
}

function inFolder(folder: string): string | undefined {
  return withExtension(join(folder, "app"));
}

function withExtension(path: string): string | undefined {
  for (const extension of EXTENSIONS) {
    const found = asFile(path + extension);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws {WallarooError} `app_not_found`: what is no source must not reach the bundler. */
function asSource(path: string): string {
  if (SOURCE.test(path)) return path;
  const ends = EXTENSIONS.join(", ");
  throw userError("app_not_found", `${path} is no app: the name of an app's file ends in ${ends}`);
}

function asFile(path: string): string | undefined {
  return statOf(path)?.isFile() === true ? path : undefined;
}

/** Undefined when there is nothing of that name. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EACCES" && code !== "EPERM") return undefined;
    throw externalError("no_access", `${path} cannot be read: ${whyOf(error)}`, error);
  }
}

function entriesOf(folder: string): readonly string[] {
  if (statOf(folder)?.isDirectory() !== true) return [];
  try {
    return readdirSync(folder);
  } catch (error) {
    throw externalError("no_access", `${folder} cannot be listed: ${whyOf(error)}`, error);
  }
}

function pathError(argument: string, path: string): Error {
  if (statOf(path)?.isDirectory() === true) {
    const why = `the folder ${path} holds no app.ts (or app.js)`;
    return userError("app_not_found", `${why}${listed(appsIn(path), path)}`);
  }
  if (statOf(path) !== undefined) {
    return userError("app_not_found", `app ${argument}: ${path} is neither a file nor a folder`);
  }
  const others = entriesOf(join(path, ".."));
  if (others.includes(basename(path))) {
    return userError("app_not_found", `app ${argument}: ${path} is a link that leads to no file`);
  }
  const near = nearest(basename(path), others);
  const meant = near === undefined ? "" : `; did you mean ${join(path, "..", near)}?`;
  return userError("app_not_found", `app ${argument}: there is no file ${path}${meant}`);
}

function nameError(name: string, folder: string): Error {
  const apps = appsIn(folder);
  if (statOf(folder)?.isDirectory() !== true) {
    return userError(
      "app_not_found",
      `no app "${name}": there is no folder ${folder}. Name the folder that holds your apps with ` +
        "--apps DIR, or give the path of the app's file",
    );
  }
  const near = nearest(name, apps);
  const all = listed(apps, folder);
  const rest = near === undefined ? all : `; did you mean "${near}"?${all.slice(1)}`;
  return userError("app_not_found", `no app "${name}" in ${folder}${rest}`);
}

function listed(apps: readonly string[], folder: string): string {
  if (apps.length === 0) {
    return `. There are no apps in ${folder}: an app is NAME/app.ts or NAME.ts there`;
  }
  const more = apps.length > SHOWN_MAX ? ` and ${apps.length - SHOWN_MAX} more` : "";
  return `. Apps there: ${apps.slice(0, SHOWN_MAX).join(", ")}${more}`;
}
