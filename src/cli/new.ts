/** `wallaroo new`: a new app with its test, ready to run. */
import { join, resolve } from "node:path";
import { argument, command, flag, option, type Parse, usageError } from "./command.ts";
import { word } from "./values.ts";

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const appName: Parse<string> = (value) => {
  if (NAME.test(value)) return value;
  const where = /[/\\]/.test(value) ? "; where it goes is said by --in DIR" : "";
  throw usageError(
    `${JSON.stringify(value)} is refused: a lower-case letter, then at most 62 of a-z, 0-9, _ ` +
      `and -${where}`,
  );
};

export const newApp = command({
  name: "new",
  summary: "make a new app with its test, ready to run",
  about:
    "Makes a folder NAME with an app that counts words, its test, options for the type checker " +
    "and types for editors. Nothing is downloaded: npm and Node are not needed.",
  args: { name: argument("NAME", "the app's name, and its folder's", appName) },
  options: {
    in: option("DIR", "the folder to make it in", word, ".", { hint: "folder" }),
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo new words", "./words/app.ts and more"],
    ["wallaroo new words --in apps", "for wallaroo run words"],
  ],
  async run({ args, options, io }) {
    const [{ newFiles }, { writeProject }] = await Promise.all([
      import("./new-files.ts"),
      import("../host/project-files.ts"),
    ]);
    const { name } = args;
    const folder = resolve(io.cwd, options.in, name);
    const files = newFiles(name);
    await writeProject(folder, files);
    const path = options.in === "." ? `./${name}` : join(options.in, name);
    const next = [
      `wallaroo check ${quoted(path)}`,
      `wallaroo test ${quoted(path)}`,
      `printf 'the cat\\nthe dog\\n' | wallaroo run ${quoted(path)}`,
    ];
    if (options.json) {
      const made = { app: name, folder, files: Object.keys(files), next };
      await io.stdout.write(`${JSON.stringify(made)}\n`);
      return 0;
    }
    const lines = [
      `${folder}`,
      "  app.ts         the pipeline: it counts words",
      "  app.test.ts    its test",
      "  README.md      what is what",
      "  tsconfig.json  options of the type checker; types for editors are in node_modules",
      "Next:",
      ...next.map((line) => `  ${line}`),
    ];
    await io.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
});

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
