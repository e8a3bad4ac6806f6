/** Imports a bundle, checks that it is an app, builds its graph: in the child and in the parent. */
import { readFileSync } from "node:fs";
import { messageOf, userError, WallarooError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { APP_MARK, type App } from "../model/app.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { validate } from "../planner/validate.ts";
import { codeFrame, type Place, placeOf, placeText } from "./error-place.ts";
import { virtualExports } from "./virtual-modules.ts";

const EXAMPLE = 'export default app("name", (flow) => { ... });';

type Module = Readonly<Record<string, unknown>>;

/** @throws {WallarooError} `app_throws`, `app_import`, `not_an_app` */
export async function importApp(
  bundle: string,
  file: string,
  load: (path: string) => Promise<Module> = (path) => import(path) as Promise<Module>,
): Promise<App> {
  let module: Module;
  try {
    module = await load(bundle);
  } catch (error) {
    throw (await missingName(bundle, file, error)) ?? thrown(file, "while it was imported", error);
  }
  const app = module["default"];
  if (isApp(app)) return app;
  throw notAnApp(file, module);
}

/** @throws {WallarooError} what the app's build or the planner refuses; `app_throws` */
export async function buildApp(
  app: App,
  file: string,
  set: Readonly<Record<string, string>>,
): Promise<Pipeline> {
  let pipeline: Pipeline;
  try {
    pipeline = await app.build(set);
  } catch (error) {
    if (!(error instanceof WallarooError)) {
      throw thrown(file, "while its graph was built", error);
    }
    throw withPlace(error);
  }
  validate(pipeline);
  return pipeline;
}

function isApp(value: unknown): value is App {
  return (
    typeof value === "object" &&
    value !== null &&
    "mark" in value &&
    value.mark === APP_MARK &&
    "build" in value &&
    typeof value.build === "function"
  );
}

function notAnApp(file: string, module: Module): Error {
  const names = Object.keys(module);
  const named = names.find((name) => name !== "default" && isApp(module[name]));
  const found = module["default"];
  const what =
    "default" in module
      ? `its default export is ${described(found)}`
      : names.length === 0
        ? "it exports nothing"
        : `it has no default export, only ${list(names, module)}`;
  const fix =
    named === undefined
      ? `Write: ${EXAMPLE}`
      : `Write: export default ${named}; in place of a named export only`;
  return userError("not_an_app", `${file} does not export an app: ${what}. ${fix}`);
}

function list(names: readonly string[], module: Module): string {
  return names.map((name) => `${name} (${described(module[name])})`).join(", ");
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (isApp(value)) return "an app";
  if (value instanceof Promise) return "a promise";
  if (typeof value === "object" && "mark" in value) {
    const mark = JSON.stringify(value.mark) ?? "none";
    return `an app of another version (mark ${mark}, wanted "${APP_MARK}")`;
  }
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function thrown(file: string, when: string, error: unknown): Error {
  const place = placeOf(error);
  const where = place === undefined ? "" : ` at ${placeText(place)}`;
  const kind = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  const frame = place === undefined ? "" : codeFrame(place);
  const text = `app ${file} threw ${when}${where}: ${kind}${messageOf(error)}${frame}`;
  return userError("app_throws", text, error);
}

/** Adds the user's line to a refusal that does not name it. */
function withPlace(error: WallarooError): Error {
  const place = placeOf(error);
  if (place === undefined || error.message.includes(`${place.file}:`)) return error;
  return userError(
    error.code,
    `${error.message}\n  at ${placeText(place)}${codeFrame(place)}`,
    error,
  );
}

/** A name that `wallaroo` does not have, with the line that asks for it and what was meant. */
async function missingName(
  bundle: string,
  file: string,
  error: unknown,
): Promise<WallarooError | undefined> {
  if (!(error instanceof SyntaxError)) return undefined;
  const match = /^Export named '(.+)' not found in module '(.+)'/.exec(error.message);
  const [, name, module] = match ?? [];
  const names = module === undefined ? undefined : await virtualExports(module);
  if (name === undefined || module === undefined || names === undefined) return undefined;
  const place = importPlace(bundle, name, module);
  const near = nearest(name, names);
  const meant = near === undefined ? `it has: ${names.join(", ")}` : `did you mean ${near}?`;
  const where = place === undefined ? file : placeText(place);
  const frame = place === undefined ? "" : codeFrame(place);
  const text = `${where}: "${module}" has no export "${name}"; ${meant}${frame}`;
  return userError("app_import", text, error);
}

/** Finds the import in the sources that the bundle carries in its map. */
function importPlace(bundle: string, name: string, module: string): Place | undefined {
  const base64 = /sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(
    readFileSync(bundle, "utf8"),
  )?.[1];
  if (base64 === undefined) return undefined;
  const map = JSON.parse(Buffer.from(base64, "base64").toString()) as {
    readonly sources: readonly string[];
    readonly sourcesContent?: readonly (string | null)[];
  };
  const word = new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`);
  for (const [i, text] of (map.sourcesContent ?? []).entries()) {
    for (const clause of (text ?? "").matchAll(
      /(?:import|export)\s*\{([^}]*)\}\s*from\s*["']([^"']+)/g,
    )) {
      const at = clause[2] === module ? clause[0].search(word) : -1;
      if (at === -1) continue;
      const before = text!.slice(0, clause.index + at).split("\n");
      return { file: map.sources[i]!, line: before.length, column: before.at(-1)!.length + 1 };
    }
  }
  return undefined;
}
