/** The files of a new app: it counts words, and shows what an app and its test look like (pure). */
import { COMPILER_OPTIONS } from "../host/type-check.ts";

/** By their names. */
export function newFiles(name: string): Readonly<Record<string, string>> {
  return {
    "app.ts": appText(name),
    "app.test.ts": TEST,
    "README.md": readmeText(name),
    "tsconfig.json": `${JSON.stringify({ compilerOptions: COMPILER_OPTIONS }, undefined, 2)}\n`,
    ".gitignore": "node_modules/\n.wallaroo/\n",
  };
}

const appText = (name: string): string => `/** Counts the words of the lines on standard input. */
import { app, stdin, stdout, state, utf8 } from "wallaroo";

/** The words of a line, in lower case. */
export function words(line: string): readonly string[] {
  return line.toLowerCase().match(/\\p{L}+/gu) ?? [];
}

/** What is kept for each word: plain data, changed in place. */
const tally = state(() => ({ count: 0 }));

export default app("${name}", (flow) => {
  flow
    .source("lines", stdin({ frame: "lines", decode: utf8 }))
    .flatMap("split", words)
    .keyBy("word", (word) => word)
    .mapWithState("count", tally, (word, total, ctx) => {
      total.count += 1;
      ctx.log.debug("counted", { count: total.count });
      return \`\${word} => \${total.count}\`;
    })
    .sink("counts", stdout({ frame: "lines", encode: utf8 }));
});
`;

const TEST = `import { expect, test } from "bun:test";
import { testApp } from "wallaroo/testing";
import app, { words } from "./app.ts";

test("words are runs of letters, in lower case", () => {
  expect(words("The cat's 3 hats")).toEqual(["the", "cat", "s", "hats"]);
});

test("each word is counted by itself", async () => {
  await using t = await testApp(app);
  t.feed("lines", ["the cat", "The end"]);
  expect(await t.collect("counts")).toEqual(["the => 1", "cat => 1", "the => 2", "end => 1"]);
});
`;

const readmeText = (name: string): string => `# ${name}

A pipeline for Wallaroo: it counts the words of the lines on standard input.

\`\`\`
wallaroo check .
wallaroo test
printf 'the cat\\nthe dog\\n' | wallaroo run .
\`\`\`

| File            | Is                                                     |
| --------------- | ------------------------------------------------------ |
| \`app.ts\`        | the pipeline                                           |
| \`app.test.ts\`   | its test, in milliseconds: time is simulated           |
| \`tsconfig.json\` | options of the type checker                            |
| \`node_modules/\` | types for editors, written by \`wallaroo types\`; no npm |

After the executable was replaced by another version, \`wallaroo types\` renews the types.
`;
