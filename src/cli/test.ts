/** `wallaroo test`: the tests of apps, by the runner that is inside the executable. */
import { join, resolve } from "node:path";
import { userError } from "../base/errors.ts";
import { command, flag, option, optionalArgument } from "./command.ts";
import { duration, word } from "./values.ts";

export const test = command({
  name: "test",
  summary: "run the tests of apps: no npm, no Node",
  about:
    "Runs every *.test.ts below DIR with the test runner inside this executable. What tests " +
    'import as "wallaroo" and "wallaroo/testing" is what this executable runs apps with.',
  args: { dir: optionalArgument("DIR", "the folder of the tests (.)", word, { hint: "folder" }) },
  options: {
    only: option("PATTERN", "only tests whose names fit", word, undefined, { short: "t" }),
    timeout: option("TIME", "how long a test may take", duration, 5_000),
    bail: flag("stop at the first failure"),
    watch: flag("run them again when a file changes"),
  },
  examples: [
    ["wallaroo test", "all tests below this folder"],
    ["wallaroo test words --only counted", "some tests of one app"],
  ],
  async run({ args, options, io }) {
    const [{ cachedKit }, { runTool }, { checkFolder, hasTests }] = await Promise.all([
      import("../host/kit.ts"),
      import("../host/bun-tool.ts"),
      import("../host/project-files.ts"),
    ]);
    const folder = resolve(io.cwd, args.dir ?? ".");
    await checkFolder(folder);
    if (!options.watch && !(await hasTests(folder))) {
      const text = `there are no tests below ${folder}: a test is in a file NAME.test.ts`;
      throw userError("no_tests", text);
    }
    const kit = await cachedKit(io.cwd);
    const words = ["test", "--preload", join(kit.folder, "preload.js")];
    words.push(`--timeout=${options.timeout}`);
    if (options.only !== undefined) words.push(`--test-name-pattern=${options.only}`);
    if (options.bail) words.push("--bail");
    if (options.watch) words.push("--watch");
    return (await runTool(words, folder)) === 0 ? 0 : 1;
  },
});
