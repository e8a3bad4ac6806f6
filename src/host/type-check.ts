/** Types of an app, checked by the compiler inside the executable against the types inside it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { externalError } from "../base/errors.ts";
import { askTool } from "./bun-tool.ts";
import { cachedKit, type KitPlaces, type UnpackedKit } from "./kit.ts";

export interface TypeProblem {
  /** Absolute; undefined when it is about no file. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `TS2322`. */
  readonly code: string;
  readonly message: string;
}

/** What `wallaroo new` puts into tsconfig.json, and what counts where there is none. */
export const COMPILER_OPTIONS = {
  lib: ["ESNext"],
  target: "ESNext",
  module: "Preserve",
  moduleResolution: "bundler",
  moduleDetection: "force",
  types: ["wallaroo/runtime"],
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  skipLibCheck: true,
};

/**
 * Checks an app's file, and what lies beside it where it has a folder of its own. The options are
 * those of the nearest tsconfig.json.
 *
 * @throws {WallarooError} `cannot_check` when the compiler itself fails
 */
export async function checkTypes(
  file: string,
  cwd: string,
  from: KitPlaces = {},
): Promise<readonly TypeProblem[]> {
  const kit = await cachedKit(cwd, from);
  const folder = mkdtempSync(join(dirname(kit.folder), "..", "check-"));
  try {
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify(configFor(file, kit)));
    const args = ["check", "--no-script", "--no-pretty", "--all", "-p", config];
    const { status, stdout, stderr } = await askTool(args, dirname(file));
    const problems = parseProblems(stdout, dirname(file));
    if (status === 0 || problems.length > 0) return problems;
    throw externalError(
      "cannot_check",
      `the type checker ended with status ${status}:\n${stdout}${stderr}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configFor(file: string, kit: UnpackedKit): object {
  const folder = dirname(file);
  const above = foldersAbove(folder);
  const own = above.map((one) => join(one, "tsconfig.json")).find((path) => existsSync(path));
  const { paths = {}, types = COMPILER_OPTIONS.types } = own === undefined ? {} : optionsIn(own);
  const door = (name: string): string[] => [join(kit.folder, "types", name, "mod.d.ts")];
  const beside = above.flatMap((one) =>
    ["node_modules", "node_modules/@types"].map((name) => join(one, name)),
  );
  const hasFolder = /^app\.\w+$/.test(basename(file));
  return {
    ...(own === undefined ? {} : { extends: own }),
    compilerOptions: {
      ...(own === undefined ? COMPILER_OPTIONS : {}),
      noEmit: true,
      types,
      typeRoots: [dirname(kit.folder), ...beside.filter((path) => existsSync(path))],
      paths: { ...paths, wallaroo: door("api"), "wallaroo/testing": door("testing") },
    },
    ...(hasFolder
      ? { include: [join(folder, "**/*")], exclude: [join(folder, "**/node_modules")] }
      : { files: [file] }),
  };
}

/** What we add to must be known; a file that cannot be read is told by the compiler. */
function optionsIn(path: string): {
  paths?: Record<string, string[]>;
  types?: string[];
} {
  let options: { paths?: Record<string, string[]>; types?: string[] } | undefined;
  try {
    const config = Bun.JSONC.parse(readFileSync(path, "utf8")) as
      { compilerOptions?: typeof options } | undefined;
    options = config?.compilerOptions;
  } catch {
    // The compiler reads it as well, and says what is wrong with it.
    return {};
  }
  const paths: Record<string, string[]> = {};
  for (const [name, targets] of Object.entries(options?.paths ?? {})) {
    paths[name] = targets.map((one) => (isAbsolute(one) ? one : resolve(dirname(path), one)));
  }
  return options?.types === undefined ? { paths } : { paths, types: options.types };
}

function foldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)];
}

/** Reads `file(line,column): error TS1234: text`, with what follows indented. */
export function parseProblems(output: string, folder: string): readonly TypeProblem[] {
  const problems: TypeProblem[] = [];
  for (const line of output.split("\n")) {
    const match = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(line);
    if (match !== null) {
      const [, file, at, column, code, message] = match;
      problems.push({
        file: file === undefined ? undefined : resolve(folder, file),
        line: Number(at ?? 0),
        column: Number(column ?? 0),
        code: code!,
        message: message!,
      });
    } else if (/^\s+\S/.test(line) && problems.length > 0) {
      const last = problems.pop()!;
      problems.push({ ...last, message: `${last.message}\n${line}` });
    }
  }
  return problems;
}
