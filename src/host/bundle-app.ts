/**
 * Bundles an app into one file of JavaScript, named by the hash of its content. The file's source
 * map names the user's files by absolute paths, so that stacks show them wherever it is imported.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { rename, utimes } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { externalError, userError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { bundleError } from "./bundle-problem.ts";

const MAP_COMMENT = "//# sourceMappingURL=data:application/json;base64,";
const META = /\bimport\.meta\.(dir|dirname|path|filename|file|url|main)\b/g;
const META_NAME = "__wallaroo_meta";

export interface BundledFile {
  readonly bundle: string;
  readonly sha256: string;
}

/**
 * `onInputs` is told the files that went in, or those that have a mistake, by absolute paths.
 * @throws {WallarooError} `app_syntax`, `app_import`, `app_bundle`, `cache_folder`
 */
export async function bundleApp(
  file: string,
  cacheFolder: string,
  external: readonly string[],
  onInputs: (files: readonly string[]) => void = () => undefined,
): Promise<BundledFile> {
  const result = await Bun.build({
    entrypoints: [file],
    target: "bun",
    format: "esm",
    external: [...external],
    sourcemap: "inline",
    naming: { asset: "asset-[hash].[ext]" },
    plugins: [KEEP_META],
    metafile: true,
    throw: false,
  });
  onInputs(inputsOf(file, result));
  if (!result.success) throw bundleError(file, result.logs);
  let bundle: BundledFile | undefined;
  for (const output of result.outputs) {
    if (output.kind !== "entry-point") {
      await store(join(cacheFolder, basename(output.path)), await output.arrayBuffer());
      continue;
    }
    const text = withAbsoluteSources(await output.text());
    const sha256 = createHash("sha256").update(text).digest("hex");
    bundle = { bundle: join(cacheFolder, `${sha256}.js`), sha256 };
    await store(bundle.bundle, text);
  }
  if (bundle === undefined) throw userError("app_bundle", `app ${file}: nothing came of it`);
  return bundle;
}

function inputsOf(file: string, { metafile, logs }: Bun.BuildOutput): readonly string[] {
  const paths = Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path));
  for (const { position } of logs) if (position !== null) paths.push(resolve(position.file));
  return [...new Set([file, ...paths])];
}

/** A reader of the cache sees a whole file or none. */
async function store(path: string, content: string | ArrayBuffer): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await Bun.write(temporary, content);
    await rename(temporary, path);
    const now = new Date();
    await utimes(path, now, now);
  } catch (error) {
    throw externalError(
      "cache_folder",
      `the folder ${dirname(path)} cannot keep the bundle of the app: ${whyOf(error)}. ` +
        "Free or permit it, or name another with --data DIR",
      error,
    );
  }
}

/** A bundle lives elsewhere: `import.meta.dir` and its kin must still tell the source's place. */
const KEEP_META: Bun.BunPlugin = {
  name: "keep import.meta",
  setup(builder) {
    builder.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.")) return undefined;
      const fields = {
        dir: dirname(path),
        dirname: dirname(path),
        path,
        filename: path,
        file: basename(path),
        url: pathToFileURL(path).href,
        main: false,
      };
      // Declared behind the file's end, so that no line moves; a function, so that it is hoisted.
      const tail = `\nfunction ${META_NAME}() { return ${JSON.stringify(fields)}; }\n`;
      const contents = text.replace(META, (_, name: string) => `${META_NAME}().${name}`) + tail;
      return { contents, loader: loaderOf(path) };
    });
  },
};

function loaderOf(path: string): Bun.Loader {
  const extension = extname(path);
  if (extension === ".tsx" || extension === ".jsx") return extension === ".tsx" ? "tsx" : "jsx";
  return extension.endsWith("ts") ? "ts" : "js";
}

/** Bun writes them relative to the folder it runs in, and readers resolve from the file's. */
function withAbsoluteSources(text: string): string {
  const at = text.lastIndexOf(MAP_COMMENT);
  if (at === -1) return text;
  const encoded = text.slice(at + MAP_COMMENT.length).split("\n", 1)[0]!;
  const map = JSON.parse(Buffer.from(encoded, "base64").toString()) as { sources: string[] };
  map.sources = map.sources.map((source) => resolve(source));
  const base64 = Buffer.from(JSON.stringify(map)).toString("base64");
  return `${text.slice(0, at)}${MAP_COMMENT}${base64}\n`;
}
