/** `wallaroo explain`: an app's graph and plan, without running it. */
import { explainMermaid } from "../planner/explain-mermaid.ts";
import { explainText } from "../planner/explain.ts";
import { explainJson } from "../planner/explain-json.ts";
import { plan } from "../planner/plan.ts";
import { validate } from "../planner/validate.ts";
import { argument, command, flag, list, option, usageError } from "./command.ts";
import { DOORS } from "./doors.ts";
import { setting, word } from "./values.ts";

export const explain = command({
  name: "explain",
  summary: "show what an app reads, does and writes, and what it promises",
  about:
    "Loads and checks the app and makes its plan; nothing is read or written. Every mistake in " +
    "the graph is told at once.",
  args: {
    app: argument("APP", "a name in the folder of --apps, or a path", word, { hint: "file" }),
  },
  options: {
    apps: option("DIR", "where apps are looked for by name", word, "apps", { hint: "folder" }),
    set: list("NAME=VALUE", "an option of the app", setting),
    mermaid: flag("print a Mermaid flowchart"),
    json: flag("print graph and plan as JSON"),
  },
  examples: [
    ["wallaroo explain word-count", "for people"],
    ["wallaroo explain apps/word-count/app.ts --set in=127.0.0.1:7010", "with options"],
    ["wallaroo explain word-count --mermaid > graph.mmd", "a picture"],
  ],
  async run({ args, options, io }) {
    if (options.mermaid && options.json)
      throw usageError("--mermaid and --json exclude each other");
    // The loader brings the bundler along: other commands start without it.
    const { loadApp } = await import("../host/load-app.ts");
    const loaded = await loadApp(args.app, {
      appsFolder: options.apps,
      cwd: io.cwd,
      set: Object.fromEntries(options.set),
      modules: DOORS,
    });
    const { pipeline } = loaded;
    validate(pipeline);
    const made = plan(pipeline);
    if (options.json) {
      const json = { file: loaded.file, ...explainJson(pipeline, made) };
      await io.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
    } else {
      await io.stdout.write(
        options.mermaid ? explainMermaid(pipeline, made) : explainText(pipeline, made),
      );
    }
    return 0;
  },
});
