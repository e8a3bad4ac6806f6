/** Copies of apps in a folder outside the repository, with other names. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Renaming } from "./rename.ts";

const ROOT = join(import.meta.dir, "../../..");
const OF_OTHERS = /"(?:\.\.\/)+apps\/[^/"]+\//g;

interface Original {
  readonly folder: string;
  readonly files: readonly string[];
  /** Names of steps, options and fields, and identifiers, to be renamed. Not those of the API. */
  readonly names: string;
}

const ORIGINALS = {
  "market-spread": {
    folder: "apps/market-spread",
    files: ["app.ts", "records.ts", "spread.ts"],
    names:
      "market-spread|check spread|orders|nbbo|out|rejections|symbol|market|latest|bid|offer|" +
      "isClosed|isWide|order|quote|rejection|side|account|orderId|quantity|price|at|type|" +
      "SPREAD_LIMIT|spread|middle|settings",
  },
  "word-count": {
    folder: "apps/word-count",
    files: ["app.ts", "count-line.ts", "words.ts", "word-table.ts"],
    names:
      "word-count|lines|counts|split|word|count|tally|total|words|countLine|WordCount|WordTable|" +
      "writeDigits|isStripped|addWord|addWordsOfLine|STRIPPED|STRIPPED_SIGNS|found|table|lowered|" +
      "known|isAt|copied|slots|settings",
  },
  "words-of-files": {
    folder: "test/bench/apps",
    files: [
      "words-of-files.ts",
      "../../../apps/word-count/count-line.ts",
      "../../../apps/word-count/words.ts",
      "../../../apps/word-count/word-table.ts",
    ],
    names:
      "words-of-files|lines|counts|split|word|count|tally|total|words|countLine|WordCount|" +
      "WordTable|writeDigits|isStripped|addWord|addWordsOfLine|STRIPPED|STRIPPED_SIGNS|found|" +
      "table|lowered|known|isAt|copied|slots|settings|oneIn",
  },
  ingest: {
    folder: "test/bench/apps",
    files: ["ingest.ts"],
    names: "ingest|records|counts|count|all|tally|total|level|target|oneIn|settings|plain|incoming",
  },
  echo: {
    folder: "test/bench/apps",
    files: ["echo.ts"],
    names:
      "echo|every|requests|answers|account|dueAt|number|filler|expected|turn|request|settings|out",
  },
} satisfies Record<string, Original>;

export type AppName = keyof typeof ORIGINALS;

export interface Copy {
  /** The file of the app. */
  readonly app: string;
  /** The copy's name of a step or option. */
  name(original: string): string;
}

/** Writes the copy into `folder`. The same seed gives the same names. */
export function copyApp(original: AppName, folder: string, seed: number): Copy {
  const { folder: from, files, names }: Original = ORIGINALS[original];
  const wanted = new Set(names.split("|"));
  const seen = new Set<string>();
  const renaming = new Renaming(seed);
  const into = join(folder, renaming.of(original));
  mkdirSync(into, { recursive: true });
  for (const file of files) {
    // The copy's files lie side by side, wherever the originals do.
    const code = readFileSync(join(ROOT, from, file), "utf8").replaceAll(OF_OTHERS, '"./');
    writeFileSync(join(into, basename(file)), renaming.source(code, wanted, seen));
  }
  const missing = [...wanted].filter((name) => !seen.has(name));
  if (missing.length > 0)
    throw new Error(`${from} has no ${missing.join(", ")}: correct copies.ts`);
  return {
    app: join(into, basename(files[0]!)),
    name: (name) => (wanted.has(name) ? renaming.of(name) : name),
  };
}
