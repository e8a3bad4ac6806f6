/** `wallaroo types`: types for editors, out of the executable. */
import { join, resolve } from "node:path";
import { command, flag, optionalArgument } from "./command.ts";
import { word } from "./values.ts";

export const types = command({
  name: "types",
  summary: "write the types that editors need, or renew them",
  about:
    "Writes node_modules/wallaroo in DIR: the types of wallaroo, of wallaroo/testing and of the " +
    "runtime, and the modules themselves for other tools. Do so again when this executable was " +
    "replaced by another version, or when npm has removed the folder.",
  args: { dir: optionalArgument("DIR", "the project (.)", word, { hint: "folder" }) },
  options: { json: flag("print JSON") },
  examples: [
    ["wallaroo types", "in ./node_modules/wallaroo"],
    ["wallaroo types words", "in words/node_modules/wallaroo"],
  ],
  async run({ args, options, io }) {
    const [{ checkFolder, hasFile }, { installKit }] = await Promise.all([
      import("../host/project-files.ts"),
      import("../host/kit.ts"),
    ]);
    const project = resolve(io.cwd, args.dir ?? ".");
    await checkFolder(project);
    const replaced = await installKit(project);
    const folder = join(project, "node_modules", "wallaroo");
    const config = join(project, "tsconfig.json");
    const hasConfig = await hasFile(config);
    if (options.json) {
      await io.stdout.write(`${JSON.stringify({ folder, replaced, hasConfig })}\n`);
      return 0;
    }
    await io.stdout.write(`${folder}: types are ${replaced ? "renewed" : "written"}\n`);
    if (!hasConfig) {
      const line = '{ "compilerOptions": { "types": ["wallaroo/runtime"] } }';
      await io.stdout.write(`Editors also want ${config}, with at least\n  ${line}\n`);
    }
    return 0;
  },
});
