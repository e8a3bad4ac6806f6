/**
 * The kit: what an app's author needs beside the executable, as files that it carries and writes
 * out. Types of the doors for editors and `wallaroo check`, the doors themselves as JavaScript for
 * `wallaroo test`, types of the runtime. It becomes a package `wallaroo` in a `node_modules`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import manifest from "./package.json" with { type: "json" };

const ROOT = import.meta.dir;
/** By the name that is imported; a door is left out while its module is not there. */
const DOORS: Readonly<Record<string, string>> = {
  ".": "src/api/mod.ts",
  "./testing": "src/testing/mod.ts",
};
/** Types of what apps find in the runtime: `fetch`, `console`, `node:path`, `bun:test`. */
const RUNTIME_TYPES: readonly string[] = ["bun-types", "@types/node", "undici-types"];
const TYPE_FILE = /(?:^package\.json|^LICENSE|\.d\.ts)$/;
/** Types for compilers before 5.8, and what those packages bring for themselves. */
const NO_TYPES = /(?:^|\/)(?:docs|node_modules|ts5\.\d)\//;

/** Files by their paths in the package. */
export type KitFiles = Readonly<Record<string, string>>;

/** Makes all files. The same sources give the same texts. */
export async function makeKit(): Promise<KitFiles> {
  const doors = Object.entries(DOORS).filter(([, file]) => existsSync(join(ROOT, file)));
  const files = new Map<string, string>();
  addDeclarations(files, doors);
  await addImplementation(files, doors);
  for (const name of RUNTIME_TYPES) addRuntimeTypes(files, name);
  files.set("runtime.d.ts", '/// <reference types="bun-types" />\n');
  files.set("package.json", packageJson(doors));
  return Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The kit as one file: JSON, compressed. */
export function packKit(files: KitFiles): Uint8Array {
  return Bun.zstdCompressSync(JSON.stringify(files), { level: 9 });
}

type Doors = readonly (readonly [string, string])[];

function packageJson(doors: Doors): string {
  const exports: Record<string, object> = { "./runtime": { types: "./runtime.d.ts" } };
  for (const [name, file] of doors) {
    exports[name] = { types: `./${declarationOf(file)}`, default: `./${scriptOf(file)}` };
  }
  const fields = {
    name: "wallaroo",
    version: manifest.version,
    description: "Written by `wallaroo new` and `wallaroo types`, out of the executable.",
    license: manifest.license,
    private: true,
    type: "module",
    types: `./${declarationOf(DOORS["."]!)}`,
    exports,
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

const declarationOf = (file: string): string =>
  file.replace(/^src\//, "types/").replace(/\.ts$/, ".d.ts");
const scriptOf = (file: string): string => file.replace(/^src\//, "").replace(/\.ts$/, ".js");

/** Emits declarations, and keeps those that lead from the doors. */
function addDeclarations(files: Map<string, string>, doors: Doors): void {
  const folder = mkdtempSync(join(ROOT, "node_modules", ".kit-"));
  try {
    const config = {
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        // `bun check` is for that.
        noCheck: true,
        stripInternal: true,
        rootDir: join(ROOT, "src"),
        outDir: join(folder, "types"),
      },
      include: [],
      files: doors.map(([, file]) => join(ROOT, file)),
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const tsc = Bun.spawnSync([process.execPath, compiler, "-p", folder, "--pretty", "false"]);
    if (!tsc.success) throw new Error(`types of the API:\n${tsc.stdout.toString()}`);
    const open = doors.map(([, file]) => declarationOf(file));
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (files.has(file)) continue;
      const text = readFileSync(join(folder, file), "utf8");
      // Declarations name each other as the sources do; a package is read by its .js names.
      const named = text.replace(/((?:from |import |import\()")(\.[^"]+)\.ts"/g, '$1$2.js"');
      files.set(file, named);
      for (const [, , target] of named.matchAll(/(from |import |import\()"(\.[^"]+)\.js"/g)) {
        open.push(join(dirname(file), `${target}.d.ts`));
      }
      checkImports(file, named);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a type names must be in the kit: users install nothing. */
function checkImports(file: string, text: string): void {
  for (const [, , name] of text.matchAll(/(from |import |import\()"([^."][^"]*)"/g)) {
    throw new Error(`${file}: the type of an export needs "${name}", which the kit does not have`);
  }
}

async function addImplementation(files: Map<string, string>, doors: Doors): Promise<void> {
  const result = await Bun.build({
    entrypoints: doors.map(([, file]) => join(ROOT, file)),
    root: join(ROOT, "src"),
    target: "bun",
    format: "esm",
    splitting: true,
    // As it is: where an error is thrown, the test runner shows the lines around.
    minify: false,
    throw: false,
  });
  if (!result.success) throw new Error(result.logs.map(String).join("\n"));
  for (const output of result.outputs) {
    files.set(relative("/", resolve("/", output.path)), await output.text());
  }
  const modules = doors.map(
    ([name, file]) =>
      `  b.module(${JSON.stringify(join("wallaroo", name))}, async () => ` +
      `({ exports: { ...(await import("./${scriptOf(file)}")) }, loader: "object" }));\n`,
  );
  // What `wallaroo test` loads first: the doors are these, whatever lies in a node_modules.
  const preload = `Bun.plugin({ name: "wallaroo", setup(b) {\n${modules.join("")}} });\n`;
  files.set("preload.js", preload);
}

function addRuntimeTypes(files: Map<string, string>, name: string): void {
  const folder = realFolder(name);
  for (const file of new Bun.Glob("**/*").scanSync({ cwd: folder })) {
    if (!TYPE_FILE.test(file) || NO_TYPES.test(file)) continue;
    files.set(`node_modules/${name}/${file}`, readFileSync(join(folder, file), "utf8"));
  }
}

function realFolder(name: string): string {
  const folder = join(ROOT, "node_modules", name);
  if (existsSync(folder)) return folder;
  throw new Error(`${folder} is not there: npm ci installs it`);
}

if (import.meta.main) {
  const begun = performance.now();
  const files = await makeKit();
  const made = performance.now();
  const packed = packKit(files);
  const chars = Object.values(files).reduce((sum, text) => sum + text.length, 0);
  console.log(
    `${Object.keys(files).length} files, ${chars} characters, ${packed.length} bytes packed`,
  );
  console.log(
    `${(made - begun).toFixed(0)} ms, packed in ${(performance.now() - made).toFixed(0)} ms`,
  );
}
