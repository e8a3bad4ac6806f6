/**
 * Makes `dist/wallaroo`, one executable. `bun build.ts [--out FILE]`
 *
 * Names of classes and functions stay (no mangling): they are in errors and profiles. The folder in
 * which the binary is started cannot change the code it runs: no bunfig.toml, no .env.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeKit, packKit } from "./build-kit.ts";
import manifest from "./package.json" with { type: "json" };

const ROOT = import.meta.dir;

/**
 * Builds the binary at `outfile`. The same sources and commit give the same bytes. Tests that need
 * another binary than the one that is shipped bring plugins.
 */
export async function buildBinary(
  outfile: string,
  plugins: readonly Bun.BunPlugin[] = [],
): Promise<{ size: number; ms: number }> {
  const begun = performance.now();
  const since = new Date();
  const path = resolve(outfile);
  mkdirSync(dirname(path), { recursive: true });
  // Not seen before it is whole: somebody may be running the one before. The name of the file is
  // within it, hence a folder of another name.
  const folder = mkdtempSync(join(dirname(path), ".build-"));
  const built = join(folder, "wallaroo");
  const kit = await writeKit();
  const result = await Bun.build({
    // A thread's file is an entry of its own.
    entrypoints: ["src/main.ts", "src/host/pulse-thread.ts"].map((file) => join(ROOT, file)),
    root: ROOT,
    target: "bun",
    format: "esm",
    splitting: true,
    bytecode: true,
    sourcemap: "linked",
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: {
      "process.env.NODE_ENV": '"production"',
      BUILD_VERSION: JSON.stringify(manifest.version),
      BUILD_COMMIT: JSON.stringify(commit()),
    },
    plugins: [withKit(kit), ...plugins],
    compile: {
      outfile: built,
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: true,
    },
    throw: false,
  });
  if (!result.success) {
    rmSync(folder, { recursive: true });
    throw new Error(result.logs.map(String).join("\n"));
  }
  // A source that changes while it is built is newer than what is built.
  utimesSync(built, since, since);
  renameSync(built, path);
  // Source maps are in the binary too; what is left beside it serves nobody.
  rmSync(folder, { recursive: true });
  return { size: statSync(path).size, ms: performance.now() - begun };
}

/** By its content: the path of a file that is carried is a part of the executable. */
async function writeKit(): Promise<string> {
  const packed = packKit(await makeKit());
  const folder = join(ROOT, "node_modules", ".cache", "wallaroo");
  const path = join(folder, `kit-${Bun.hash(packed).toString(36)}.zst`);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const old = join(folder, name);
    // A younger one may be another build's.
    if (old !== path && statSync(old).mtimeMs < Date.now() - 3_600_000) rmSync(old);
  }
  if (!existsSync(path)) {
    const temporary = `${path}.${process.pid}.tmp`;
    await Bun.write(temporary, packed);
    renameSync(temporary, path);
  }
  return path;
}

/** The executable carries the kit as a file of its own, which is read when it is wanted. */
function withKit(kit: string): Bun.BunPlugin {
  return {
    name: "kit",
    setup(builder) {
      builder.onLoad({ filter: /\/src\/host\/kit-file\.ts$/ }, () => ({
        contents: `export { default as KIT_FILE } from ${JSON.stringify(kit)} with {type:"file"};`,
        loader: "ts",
      }));
    },
  };
}

/** The commit of the sources, with `+` where they differ from it; empty without git. */
function commit(): string {
  const head = git("rev-parse", "--short=12", "HEAD");
  if (head === "") return "";
  return git("status", "--porcelain", "--", "src", "package.json") === "" ? head : `${head}+`;
}

function git(...args: readonly string[]): string {
  if (Bun.which("git") === null) return "";
  const { success, stdout } = Bun.spawnSync(["git", "-C", ROOT, ...args], { stderr: "ignore" });
  return success ? stdout.toString().trim() : "";
}

if (import.meta.main) {
  const at = process.argv.indexOf("--out");
  const outfile = at === -1 ? join(ROOT, "dist", "wallaroo") : process.argv[at + 1];
  if (outfile === undefined) throw new Error("--out needs a FILE");
  const { size, ms } = await buildBinary(outfile);
  console.log(`${outfile}: ${(size / 1e6).toFixed(1)} MB in ${(ms / 1000).toFixed(1)} s`);
}
