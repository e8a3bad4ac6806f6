/** The house rules as functions from files to complaints, so that they can be tested themselves. */
import { dirname, normalize } from "node:path";
import { isPlatform } from "./bans.ts";
import { FOLDERS_WITH_README, MAY_IMPORT, folderOf } from "./layers.ts";
import { importsOf, lineAt, type Scanned } from "./scan.ts";

/** Path from the root of the repository, with `/`, to what is in the file. */
export type Files = ReadonlyMap<string, Scanned>;

export const LINES_MAX = 300;
export const COLUMNS_MAX = 100;

export function findLong(file: string, source: string): string[] {
  const lines = source.replace(/\n$/, "").split("\n");
  const found: string[] = [];
  if (lines.length > LINES_MAX) {
    found.push(`${file}: ${lines.length} lines, limit ${LINES_MAX}: split it by idea`);
  }
  lines.forEach((line, i) => {
    if (line.length > COLUMNS_MAX) {
      found.push(`${file}:${i + 1}: ${line.length} columns, limit ${COLUMNS_MAX}`);
    }
  });
  return found;
}

/** The files of the repository that a file imports. */
export function targetsOf(file: string, scanned: Scanned): { target: string; line: number }[] {
  return importsOf(scanned)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, line }) => ({ target: normalize(`${dirname(file)}/${specifier}`), line }));
}

/** Imports of src that the table of layers does not name. */
export function findLayering(file: string, scanned: Scanned): string[] {
  const from = folderOf(file);
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return [`${file}: folder ${from} is not in MAY_IMPORT`];
  return targetsOf(file, scanned)
    .filter(({ target }) => !(target.startsWith("src/") && mayImport(from, folderOf(target))))
    .map(
      ({ target, line }) =>
        `${file}:${line}: imports ${target}; ${from || "src"} may import only ` +
        `${allowed.length === 0 ? "itself" : allowed.join(", ")}`,
    );
}

function mayImport(from: string, to: string): boolean {
  return from === to || MAY_IMPORT[from]!.includes(to);
}

/**
 * An app imports from itself and the public doors, as an app of a user does. Its test may use what
 * the tests of this repository share.
 */
export function findAppImports(file: string, scanned: Scanned): string[] {
  const home = file.split("/").slice(0, 2).join("/") + "/";
  return targetsOf(file, scanned)
    .filter(({ target }) => !target.startsWith(home))
    .filter(({ target }) => !(file.endsWith(".test.ts") && target.startsWith("test/support/")))
    .map(({ target, line }) => `${file}:${line}: imports ${target}; an app imports "wallaroo"`);
}

/** Every cycle once, as `a -> b -> a`. */
export function findCycles(files: Files): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start !== -1) found.push([...path.slice(start), file].join(" -> "));
    const scanned = files.get(file);
    if (start !== -1 || done.has(file) || scanned === undefined) return;
    path.push(file);
    for (const { target } of targetsOf(file, scanned)) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of files.keys()) visit(file);
  return found;
}

/** Files that no other file imports and that are no entry. */
export function findOrphans(files: Files, entries: readonly string[]): string[] {
  const used = new Set(entries);
  for (const [file, scanned] of files) {
    for (const { target } of targetsOf(file, scanned)) if (target !== file) used.add(target);
  }
  return [...files.keys()]
    .filter((file) => !used.has(file))
    .map((file) => `${file}: nothing in src imports it`);
}

const EXPORT =
  /^export (?:(?:declare|abstract|async) )*(?:function\*?|const|class|interface|type) (\w+)/gm;

/** Exports without a docstring right above. Overloads share the one of the first. */
export function findUndocumented(file: string, scanned: Scanned): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const match of scanned.code.matchAll(EXPORT)) {
    const before = scanned.source.slice(0, match.index).trimEnd();
    const isDocumented = before.endsWith("*/") && !before.endsWith("**/");
    if (!isDocumented && !seen.has(match[1]!)) {
      const line = lineAt(scanned.source, match.index);
      found.push(`${file}:${line}: export ${match[1]} has no docstring`);
    }
    seen.add(match[1]!);
  }
  return found;
}

/** Folders of levels 3 to 7 that do not explain themselves. `paths`: all files there are. */
export function findMissingReadmes(paths: readonly string[]): string[] {
  return FOLDERS_WITH_README.map((folder) => `src/${folder}/`)
    .filter((folder) => paths.some((path) => path.startsWith(folder)))
    .filter((folder) => !paths.includes(`${folder}README.md`))
    .map((folder) => `${folder}README.md: missing: owns, does not own, how to read it, invariants`);
}

/** Files of src with code that runs and no `test/unit/<same path>.test.ts`. */
export function findUntested(
  paths: readonly string[],
  hasCode: (file: string) => boolean,
): string[] {
  return paths
    .filter((path) => path.startsWith("src/") && path.endsWith(".ts"))
    .filter((path) => !paths.includes(mirrorOf(path)) && hasCode(path));
}

export function mirrorOf(file: string): string {
  return file.replace(/^src\//, "test/unit/").replace(/\.ts$/, ".test.ts");
}

/** Paths that exist on one machine only: folders of people, and the one that we are in. */
export function findMachinePaths(file: string, source: string, root: string): string[] {
  const people = [...source.matchAll(/(?<![\w.~$}*-])\/(?:home|root|Users)\/[\w.-]*/g)];
  const here = source.indexOf(root);
  return [
    ...people.map((match) => [match.index, match[0]] as const),
    ...(here === -1 ? [] : [[here, root] as const]),
  ].map(([at, path]) => `${file}:${lineAt(source, at)}: ${path} is a path of one machine`);
}

/** Names of files: kebab-case, and none of the words that say nothing. */
export function findBadNames(file: string): string[] {
  const name = file.split("/").at(-1)!;
  if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(name)) return [`${file}: name is not kebab-case`];
  const vague = /(?:^|-)(?:utils?|helpers?|common|misc|manager|impl)(?:[-.]|$)/.exec(name);
  return vague === null ? [] : [`${file}: name it after its one idea`];
}

/** Dependencies whose version is a range: a fresh clone must get what was tested. */
export function findRanges(packageJson: string): string[] {
  const parsed = JSON.parse(packageJson) as Record<string, Record<string, string> | undefined>;
  return ["dependencies", "devDependencies", "optionalDependencies"].flatMap((field) =>
    Object.entries(parsed[field] ?? {})
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(([name, version]) => `package.json: ${name} is ${version}, write an exact version`),
  );
}

/** Packages that src imports and that are not installed where the project is only used. */
export function findForeign(file: string, scanned: Scanned, dependencies: readonly string[]) {
  return importsOf(scanned)
    .filter(({ specifier }) => !specifier.startsWith(".") && !isPlatform(specifier))
    .filter(({ specifier }) => !dependencies.some((name) => `${specifier}/`.startsWith(`${name}/`)))
    .map(({ specifier, line }) => `${file}:${line}: ${specifier} is not in dependencies`);
}
